//! By what a message is matched to its transaction (RFC 3261 17.1.3, 17.2.3).

use crate::hash::Secret;
use crate::message::{Host, Method, Request, Via};

/// Stands for the branch of a request of ours, and tells its CANCEL, which has the same one, apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ClientKey {
    pub(super) token: u64,
    pub(super) cancel: bool,
}

/// Stands for everything that 17.2.3 compares of a request.
pub(super) type ServerKey = u128;

/// What 17.2.3 compares of a received request, but for its method.
pub(super) enum Identity<'a> {
    /// RFC 3261 peers make a branch that is unique.
    Branch { branch: &'a str, host: Host<'a>, port: Option<u16> },
    /// RFC 2543 peers are told by what their requests say.
    Legacy { base: LegacyBase, to_tag: Option<&'a str> },
}

/// Stands for Request-URI, From tag, Call-ID, CSeq number and top Via of an RFC 2543 peer's request.
#[derive(Debug, Clone, Copy)]
pub(super) struct LegacyBase(u128);

impl<'a> Identity<'a> {
    /// Of a request as it was received: before its Via is completed.
    pub(super) fn of(request: &'a Request, via: &Via<'a>, secret: &Secret) -> Self {
        match via.transaction_branch() {
            Some(branch) => Self::Branch { branch, host: via.host, port: via.port },
            None => Self::Legacy {
                base: LegacyBase::of(request, via, secret),
                to_tag: request.headers.to().ok().and_then(|to| to.tag()),
            },
        }
    }

    /// The key of the transaction that a request with this identity and `method` belongs to.
    pub(super) fn key(&self, method: &Method, secret: &Secret) -> ServerKey {
        match self {
            Self::Branch { branch, host, port } => {
                // An ACK belongs to the INVITE's transaction.
                let method = if *method == Method::Ack { &Method::Invite } else { method };
                let rest = (*branch, *port, method.as_str());
                match host {
                    Host::Ip(ip) => secret.fingerprint(&(rest, ip)),
                    Host::Name(name) => secret.fingerprint(&(rest, name)),
                }
            }
            Self::Legacy { base, to_tag } => base.key(method, *to_tag, secret),
        }
    }

    /// What is needed later to recognise the ACK of an RFC 2543 peer.
    pub(super) fn legacy_base(&self) -> Option<LegacyBase> {
        match self {
            Self::Branch { .. } => None,
            Self::Legacy { base, .. } => Some(*base),
        }
    }
}

impl LegacyBase {
    fn of(request: &Request, via: &Via<'_>, secret: &Secret) -> Self {
        let headers = &request.headers;
        let from_tag = headers.from().ok().and_then(|from| from.tag());
        let number = headers.cseq().ok().map(|cseq| cseq.number);
        let call_id = headers.call_id().ok();
        Self(secret.fingerprint(&(request.uri_text(), from_tag, call_id, number, via.text)))
    }

    /// Of an ACK the To tag is that of our response, of everything else the peer's own.
    pub(super) fn key(self, method: &Method, to_tag: Option<&str>, secret: &Secret) -> ServerKey {
        secret.fingerprint(&(self.0, method.as_str(), to_tag))
    }
}

/// Stands for From tag, Call-ID and CSeq, by which a request that came on two ways is noticed
/// (RFC 3261 8.2.2.2); none for a request inside a dialog, or one too incomplete to tell.
pub(super) fn merge_key(request: &Request, secret: &Secret) -> Option<u128> {
    let headers = &request.headers;
    if headers.to().ok()?.tag().is_some() {
        return None;
    }
    let from = headers.from().ok()?;
    let number = headers.cseq().ok()?.number;
    let call_id = headers.call_id().ok()?;
    Some(secret.fingerprint(&(from.tag()?, call_id, number, request.method.as_str())))
}
