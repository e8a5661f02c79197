//! One transaction in the table: its machine and by what it is found.

use bytes::Bytes;

use super::TransactionError;
use super::client::Client;
use super::client_invite::ClientInvite;
use super::key::{ClientKey, LegacyBase, ServerKey};
use super::machine::{Context, Letter, Letters, TransactionState};
use super::server::Server;
use super::server_invite::ServerInvite;
use crate::message::{Response, StatusCode};
use crate::transport::Flow;

/// A transaction and everything that points to it.
#[derive(Debug)]
pub(super) struct Transaction<O> {
    pub(super) machine: Machine,
    pub(super) letters: Letters,
    /// The way its messages go out.
    pub(super) flow: Flow,
    pub(super) owner: Option<O>,
    pub(super) index: Index,
    /// Where it stands in its flow's list.
    pub(super) position: usize,
}

/// Under which keys a transaction is found.
#[derive(Debug)]
pub(super) enum Index {
    Client(ClientKey),
    Server { key: ServerKey, merge: Option<u128>, legacy: Option<Box<Legacy>> },
}

/// An RFC 2543 peer's request: its ACK comes with the To tag that we chose.
#[derive(Debug)]
pub(super) struct Legacy {
    pub(super) base: LegacyBase,
    pub(super) ack: Option<ServerKey>,
}

/// One of the four state machines.
#[derive(Debug)]
pub(super) enum Machine {
    ClientInvite(ClientInvite),
    Client(Client),
    ServerInvite(ServerInvite),
    Server(Server),
}

impl Machine {
    /// What stands in a slot before the first transition and during each.
    pub(super) fn unstarted() -> Self {
        Self::Server(Server::Terminated)
    }

    /// Takes the machine out for a transition, after which one is put back.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::unstarted())
    }

    pub(super) fn response<O: Copy>(
        self,
        response: Response,
        source: Flow,
        cx: &mut Context<'_, O>,
    ) -> Self {
        match self {
            Self::ClientInvite(machine) => {
                Self::ClientInvite(machine.response(response, source, cx))
            }
            Self::Client(machine) => Self::Client(machine.response(response, cx)),
            Self::ServerInvite(_) | Self::Server(_) => self,
        }
    }

    /// The request of a server transaction came again.
    pub(super) fn request<O: Copy>(self, cx: &mut Context<'_, O>) -> Self {
        match self {
            Self::ServerInvite(machine) => Self::ServerInvite(machine.request(cx)),
            Self::Server(machine) => Self::Server(machine.request(cx)),
            Self::ClientInvite(_) | Self::Client(_) => self,
        }
    }

    /// Whether the user may answer with `status` now.
    pub(super) fn permits(&self, status: StatusCode) -> Result<(), TransactionError> {
        match self {
            Self::ServerInvite(machine) => machine.permits(status),
            Self::Server(machine) => machine.permits(status),
            Self::ClientInvite(_) | Self::Client(_) => Err(TransactionError::NotAllowed),
        }
    }

    pub(super) fn respond<O: Copy>(
        self,
        status: StatusCode,
        data: Bytes,
        cx: &mut Context<'_, O>,
    ) -> Self {
        match self {
            Self::ServerInvite(machine) => Self::ServerInvite(machine.respond(status, data, cx)),
            Self::Server(machine) => Self::Server(machine.respond(status, data, cx)),
            Self::ClientInvite(_) | Self::Client(_) => self,
        }
    }

    pub(super) fn timer<O: Copy>(self, letter: Letter, cx: &mut Context<'_, O>) -> Self {
        match self {
            Self::ClientInvite(machine) => Self::ClientInvite(machine.timer(letter, cx)),
            Self::Client(machine) => Self::Client(machine.timer(letter, cx)),
            Self::ServerInvite(machine) => Self::ServerInvite(machine.timer(letter, cx)),
            Self::Server(machine) => Self::Server(machine.timer(letter, cx)),
        }
    }

    pub(super) fn transport_error<O: Copy>(self, cx: &mut Context<'_, O>) -> Self {
        match self {
            Self::ClientInvite(machine) => Self::ClientInvite(machine.transport_error(cx)),
            Self::Client(machine) => Self::Client(machine.transport_error(cx)),
            Self::ServerInvite(machine) => Self::ServerInvite(machine.transport_error(cx)),
            Self::Server(machine) => Self::Server(machine.transport_error(cx)),
        }
    }

    pub(super) fn state(&self) -> TransactionState {
        match self {
            Self::ClientInvite(machine) => machine.state(),
            Self::Client(machine) => machine.state(),
            Self::ServerInvite(machine) => machine.state(),
            Self::Server(machine) => machine.state(),
        }
    }
}
