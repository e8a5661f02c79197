//! All transactions of an endpoint: how they begin, are found, and end.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;

use super::id::Slots;
use super::key::{ClientKey, ServerKey};
use super::machine::{Context, Letters};
use super::slot::{Index, Machine, Transaction};
use super::{
    Letter, Outbox, TransactionConfig, TransactionCounters, TransactionError, TransactionId,
    TransactionOutput, TransactionState,
};
use crate::hash::{BuildIdHasher, Secret};
use crate::timer::Timers;
use crate::transport::Flow;

/// The transactions of one endpoint. `O` is what the user marks its own with.
///
/// Its methods are of four kinds: getters; `handle_*` for what comes from the network and the clock;
/// commands of the transaction user (`request`, `respond`, …); and `poll_timeout`. What follows from a
/// call is put into the outbox that the caller lends.
#[derive(Debug)]
pub struct Transactions<O> {
    pub(super) config: TransactionConfig,
    pub(super) secret: Secret,
    pub(super) rng: StdRng,
    pub(super) slots: Slots<Transaction<O>>,
    pub(super) clients: HashMap<ClientKey, TransactionId, BuildIdHasher>,
    pub(super) servers: HashMap<ServerKey, TransactionId, BuildIdHasher>,
    /// ACKs that RFC 2543 peers will send.
    pub(super) legacy_acks: HashMap<ServerKey, TransactionId, BuildIdHasher>,
    pub(super) merged: HashMap<u128, TransactionId, BuildIdHasher>,
    flows: HashMap<Flow, Vec<TransactionId>, Secret>,
    pub(super) timers: Timers<TransactionId, Letter>,
    pub(super) counters: TransactionCounters,
}

impl<O: Copy> Transactions<O> {
    /// No transactions. `rng` gives the branches, and the secret that keeps strangers from aiming at
    /// one bucket of the tables.
    pub fn new(mut config: TransactionConfig, mut rng: StdRng) -> Self {
        // An interval of nothing would repeat without end.
        let shortest = Duration::from_millis(1);
        config.timers.t1 = config.timers.t1.max(shortest);
        config.timers.t2 = config.timers.t2.max(shortest);
        let secret = Secret::new(&mut rng);
        Self {
            config,
            secret,
            rng,
            slots: Slots::new(),
            clients: HashMap::default(),
            servers: HashMap::default(),
            legacy_acks: HashMap::default(),
            merged: HashMap::default(),
            flows: HashMap::with_hasher(secret),
            timers: Timers::new(),
            counters: TransactionCounters::default(),
        }
    }

    /// Marks a server transaction with its owner.
    pub fn set_owner(&mut self, id: TransactionId, owner: O) {
        if let Some(transaction) = self.slots.get_mut(id) {
            transaction.owner = Some(owner);
        }
    }

    /// The way the messages of a transaction go out.
    pub fn flow(&self, id: TransactionId) -> Option<Flow> {
        self.slots.get(id).map(|transaction| transaction.flow)
    }

    /// The owner of a transaction; none also for a server transaction that was given none.
    pub fn owner(&self, id: TransactionId) -> Option<O> {
        self.slots.get(id).and_then(|transaction| transaction.owner)
    }

    /// Where a transaction stands; none when it is over.
    pub fn state(&self, id: TransactionId) -> Option<TransactionState> {
        self.slots.get(id).map(|transaction| transaction.machine.state())
    }

    /// When a timer of a transaction fires.
    pub fn timer(&self, id: TransactionId, letter: Letter) -> Option<Instant> {
        self.timers.get(id, letter)
    }

    /// How many timers are set.
    pub fn timers(&self) -> usize {
        self.timers.len()
    }

    /// How many transactions there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no transaction.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are server transactions.
    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    /// How many table entries point to transactions: none when there are none.
    pub fn entries(&self) -> usize {
        let listed: usize = self.flows.values().map(Vec::len).sum();
        self.clients.len()
            + self.servers.len()
            + self.legacy_acks.len()
            + self.merged.len()
            + listed
    }

    /// What was not passed on, and why.
    pub fn counters(&self) -> TransactionCounters {
        self.counters
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Tells the time.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut Outbox<O>) {
        while let Some((id, letter)) = self.timers.pop_due(now) {
            self.step(id, now, out, |machine, cx| {
                cx.letters.remove(letter);
                machine.timer(letter, cx)
            });
        }
    }

    /// Tells that something could not be sent over `flow`, or that its connection is closed.
    pub fn handle_transport_error(&mut self, flow: &Flow, now: Instant, out: &mut Outbox<O>) {
        let Some(listed) = self.flows.get(flow) else { return };
        for id in listed.clone() {
            self.step(id, now, out, Machine::transport_error);
        }
    }
}

/// How transactions come, move on and go.
impl<O: Copy> Transactions<O> {
    /// Puts a transaction into the tables; its machine is started by the first step.
    pub(super) fn insert(
        &mut self,
        flow: Flow,
        owner: Option<O>,
        index: Index,
    ) -> Result<TransactionId, TransactionError> {
        let listed = self.flows.entry(flow).or_default();
        let position = listed.len();
        let transaction = Transaction {
            machine: Machine::unstarted(),
            letters: Letters::default(),
            flow,
            owner,
            index,
            position,
        };
        let id = self.slots.insert(transaction).ok_or(TransactionError::Exhausted)?;
        listed.push(id);
        match self.slots.get(id).map(|transaction| &transaction.index) {
            Some(Index::Client(key)) => {
                self.clients.insert(*key, id);
            }
            Some(Index::Server { key, merge, .. }) => {
                self.servers.insert(*key, id);
                if let Some(merge) = merge {
                    self.merged.insert(*merge, id);
                }
            }
            None => {}
        }
        Ok(id)
    }

    /// One transition of one machine; a transaction that it ended is removed.
    pub(super) fn step(
        &mut self,
        id: TransactionId,
        now: Instant,
        out: &mut Outbox<O>,
        transition: impl FnOnce(Machine, &mut Context<'_, O>) -> Machine,
    ) {
        let Some(transaction) = self.slots.get_mut(id) else { return };
        let mut cx = Context {
            id,
            owner: transaction.owner,
            flow: transaction.flow,
            now,
            config: &self.config.timers,
            timers: &mut self.timers,
            letters: &mut transaction.letters,
            counters: &mut self.counters,
            out,
        };
        transaction.machine = transition(transaction.machine.take(), &mut cx);
        if transaction.machine.state() == TransactionState::Terminated {
            self.remove(id, out);
        }
    }

    pub(super) fn remove(&mut self, id: TransactionId, out: &mut Outbox<O>) {
        let Some(transaction) = self.slots.remove(id) else { return };
        for letter in transaction.letters.iter() {
            self.timers.cancel(id, letter);
        }
        match transaction.index {
            Index::Client(key) => {
                self.clients.remove(&key);
            }
            Index::Server { key, merge, legacy } => {
                self.servers.remove(&key);
                if let Some(merge) = merge {
                    self.merged.remove(&merge);
                }
                if let Some(ack) = legacy.and_then(|legacy| legacy.ack) {
                    self.legacy_acks.remove(&ack);
                }
            }
        }
        self.unlist(&transaction.flow, transaction.position);
        out.push_back(TransactionOutput::Ended { id, owner: transaction.owner });
    }

    /// Takes the entry at `position` out of the flow's list; the last one moves into its place.
    fn unlist(&mut self, flow: &Flow, position: usize) {
        let Some(listed) = self.flows.get_mut(flow) else { return };
        if position < listed.len() {
            listed.swap_remove(position);
        }
        if let Some(moved) = listed.get(position).and_then(|&id| self.slots.get_mut(id)) {
            moved.position = position;
        }
        if listed.is_empty() {
            self.flows.remove(flow);
        }
    }
}
