//! What the transaction user asks for: requests, answers, CANCEL and ACK.

use std::time::Instant;

use bytes::Bytes;
use rand::Rng;

use super::client::Client;
use super::client_invite::ClientInvite;
use super::follow_up;
use super::key::ClientKey;
use super::slot::{Index, Machine};
use super::table::Transactions;
use super::{
    CancelError, Letter, Outbox, TransactionError, TransactionId, TransactionOutput,
    TransactionState,
};
use crate::message::{HeaderName, Method, NameAddr, Request, Response};
use crate::transport::{Flow, via_value};

impl<O: Copy> Transactions<O> {
    /// Sends `request` over `flow` and repeats it as the transport needs. It must have no Via of its
    /// own; what comes of it names `owner`.
    ///
    /// # Errors
    /// [`NotAllowed`](TransactionError::NotAllowed) for ACK and CANCEL,
    /// [`Malformed`](TransactionError::Malformed) when the CSeq does not fit the method,
    /// [`TooLarge`](TransactionError::TooLarge) for a datagram, or
    /// [`Exhausted`](TransactionError::Exhausted).
    pub fn request(
        &mut self,
        mut request: Request,
        flow: Flow,
        owner: O,
        now: Instant,
        out: &mut Outbox<O>,
    ) -> Result<TransactionId, TransactionError> {
        if matches!(request.method, Method::Ack | Method::Cancel) {
            return Err(TransactionError::NotAllowed);
        }
        if !request.headers.cseq().is_ok_and(|cseq| cseq.method == request.method) {
            return Err(TransactionError::Malformed);
        }
        let token = self.new_token();
        request.headers.push_front(&HeaderName::Via, via_value(&flow, token));
        self.start_client(request, ClientKey { token, cancel: false }, flow, owner, now, out)
    }

    /// Sends the CANCEL of RFC 3261 9.1 for an INVITE of ours, as a transaction of its own under the
    /// same owner. If the INVITE has no final response 64*T1 later it ends with a timeout.
    ///
    /// # Errors
    /// [`NotYet`](CancelError::NotYet) before the first provisional response,
    /// [`TooLate`](CancelError::TooLate) after a final one or an earlier CANCEL,
    /// [`Gone`](CancelError::Gone) for anything that is no INVITE of ours.
    pub fn cancel(
        &mut self,
        invite: TransactionId,
        now: Instant,
        out: &mut Outbox<O>,
    ) -> Result<TransactionId, CancelError> {
        let transaction = self.slots.get(invite).ok_or(CancelError::Gone)?;
        let (Machine::ClientInvite(machine), Index::Client(key), Some(owner)) =
            (&transaction.machine, &transaction.index, transaction.owner)
        else {
            return Err(CancelError::Gone);
        };
        if machine.state() == TransactionState::Calling {
            return Err(CancelError::NotYet);
        }
        let request = machine.cancellable().map(follow_up::cancel).ok_or(CancelError::TooLate)?;
        let key = ClientKey { cancel: true, ..*key };
        if self.clients.contains_key(&key) {
            return Err(CancelError::TooLate);
        }
        let flow = transaction.flow;
        let id = self
            .start_client(request, key, flow, owner, now, out)
            .map_err(|_| CancelError::Gone)?;
        self.step(invite, now, out, |machine, cx| {
            cx.set(Letter::Cancelled, cx.config.timeout());
            machine
        });
        Ok(id)
    }

    /// Sends the ACK for a 2xx once, outside of any transaction (RFC 3261 13.2.2.4), with a Via of its
    /// own. The bytes are returned for [`send`](Self::send), should the 2xx come again.
    ///
    /// # Errors
    /// [`NotAllowed`](TransactionError::NotAllowed) for another method,
    /// [`TooLarge`](TransactionError::TooLarge) for a datagram.
    pub fn acknowledge(
        &mut self,
        mut ack: Request,
        flow: Flow,
        out: &mut Outbox<O>,
    ) -> Result<Bytes, TransactionError> {
        if ack.method != Method::Ack {
            return Err(TransactionError::NotAllowed);
        }
        let token = self.new_token();
        ack.headers.push_front(&HeaderName::Via, via_value(&flow, token));
        let data = fitting(ack.to_bytes(), &flow)?;
        self.send(flow, data.clone(), out);
        Ok(data)
    }

    /// Sends bytes outside of any transaction.
    pub fn send(&mut self, flow: Flow, data: Bytes, out: &mut Outbox<O>) {
        out.push_back(TransactionOutput::Transmit { flow, data });
    }

    /// Answers the request of a server transaction.
    ///
    /// # Errors
    /// [`Gone`](TransactionError::Gone); [`AlreadyAnswered`](TransactionError::AlreadyAnswered) after
    /// a final response, except for another 2xx to an INVITE;
    /// [`NotAllowed`](TransactionError::NotAllowed) for what RFC 4320 forbids;
    /// [`TooLarge`](TransactionError::TooLarge) for a datagram; a refusal that large ends the
    /// transaction unanswered, for there is nothing smaller to say.
    pub fn respond(
        &mut self,
        id: TransactionId,
        response: Response,
        now: Instant,
        out: &mut Outbox<O>,
    ) -> Result<(), TransactionError> {
        let status = response.status;
        let transaction = self.slots.get_mut(id).ok_or(TransactionError::Gone)?;
        transaction.machine.permits(status)?;
        let data = match fitting(response.to_bytes(), &transaction.flow) {
            Ok(data) => data,
            Err(error) => {
                if status.is_final() && !status.is_success() {
                    self.remove(id, out);
                }
                return Err(error);
            }
        };
        if let Index::Server { legacy: Some(legacy), .. } = &mut transaction.index
            && status.is_final()
            && !status.is_success()
        {
            let to = response.headers.to();
            let tag = to.as_ref().ok().and_then(NameAddr::tag);
            let key = legacy.base.key(&Method::Ack, tag, &self.secret);
            legacy.ack = Some(key);
            self.legacy_acks.insert(key, id);
        }
        self.step(id, now, out, |machine, cx| machine.respond(status, data, cx));
        Ok(())
    }

    /// Sends the last response to an INVITE once more: a 2xx (RFC 3261 13.3.1.4), or a provisional one.
    ///
    /// # Errors
    /// [`Gone`](TransactionError::Gone) when the transaction is over or keeps no such response.
    pub fn retransmit(
        &mut self,
        id: TransactionId,
        out: &mut Outbox<O>,
    ) -> Result<(), TransactionError> {
        let transaction = self.slots.get(id).ok_or(TransactionError::Gone)?;
        let Machine::ServerInvite(machine) = &transaction.machine else {
            return Err(TransactionError::Gone);
        };
        let data = machine.last_response().ok_or(TransactionError::Gone)?.clone();
        self.counters.retransmissions += 1;
        out.push_back(TransactionOutput::Transmit { flow: transaction.flow, data });
        Ok(())
    }

    /// Tells that the 2xx was acknowledged, so that its bytes need not be kept.
    pub fn acknowledged(&mut self, id: TransactionId) {
        if let Some(transaction) = self.slots.get_mut(id) {
            transaction.machine = match transaction.machine.take() {
                Machine::ServerInvite(machine) => Machine::ServerInvite(machine.acknowledged()),
                machine => machine,
            };
        }
    }

    /// Ends a transaction at once; of its outputs only [`Ended`](TransactionOutput::Ended) still comes.
    pub fn terminate(&mut self, id: TransactionId, out: &mut Outbox<O>) {
        self.remove(id, out);
    }

    fn start_client(
        &mut self,
        request: Request,
        key: ClientKey,
        flow: Flow,
        owner: O,
        now: Instant,
        out: &mut Outbox<O>,
    ) -> Result<TransactionId, TransactionError> {
        let data = fitting(request.to_bytes(), &flow)?;
        let id = self.insert(flow, Some(owner), Index::Client(key))?;
        self.step(id, now, out, |_, cx| match request.method {
            Method::Invite => {
                Machine::ClientInvite(ClientInvite::start(Box::new(request), data, cx))
            }
            _ => Machine::Client(Client::start(data, cx)),
        });
        Ok(id)
    }

    /// A token for a branch; of 2^64 none is drawn twice while it matters.
    fn new_token(&mut self) -> u64 {
        self.rng.next_u64()
    }
}

/// The bytes, unless they are more than a datagram holds: 65,535 less the headers of IP and UDP.
pub(super) fn fitting(data: Bytes, flow: &Flow) -> Result<Bytes, TransactionError> {
    const LARGEST_DATAGRAM: usize = 65_507;
    if data.len() > LARGEST_DATAGRAM && !flow.protocol.is_reliable() {
        return Err(TransactionError::TooLarge);
    }
    Ok(data)
}
