//! One call's offers and answers (RFC 3264).

use std::mem;
use std::sync::Arc;

use bytes::Bytes;

use super::compose::{LocalAudio, LocalEvents, Slot, compose};
use super::numbers::Numbers;
use super::select::{Selection, select, usable};
use super::{
    Capabilities, Direction, LocalAddress, NegotiationError, PayloadFormat, StreamSettings,
    TelephoneEvent,
};

/// Negotiates the audio of one call, for as many offers and answers as it takes.
///
/// It is pure: descriptions go in, descriptions and the agreed [`StreamSettings`] come out.
///
/// - getters: [`stream`](Self::stream), [`remote_hold`](Self::remote_hold),
///   [`local_hold`](Self::local_hold), [`offer_pending`](Self::offer_pending)
/// - wishes for the next exchange: [`set_hold`](Self::set_hold), [`set_local`](Self::set_local)
/// - exchanges: [`offer`](Self::offer) then [`accept_answer`](Self::accept_answer),
///   [`rollback`](Self::rollback) or [`abandon`](Self::abandon); [`answer`](Self::answer)
///
/// ```
/// use std::sync::Arc;
/// use sipua_media::sdp::{Capabilities, LocalAddress, Negotiator};
///
/// let capabilities = Arc::new(Capabilities::default());
/// let at = |port| LocalAddress {
///     ip: [127, 0, 0, 1].into(),
///     rtp_port: port,
///     rtcp_port: port + 1,
/// };
/// let mut caller = Negotiator::new(Arc::clone(&capabilities), 1, at(4000));
/// let mut callee = Negotiator::new(capabilities, 2, at(5000));
///
/// let answer = callee.answer(&caller.offer())?;
/// caller.accept_answer(&answer)?;
/// assert_eq!(caller.stream().map(|s| s.remote_rtp.port()), Some(5000));
/// assert_eq!(callee.stream().map(|s| s.remote_rtp.port()), Some(4000));
/// # Ok::<(), sipua_media::sdp::NegotiationError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Negotiator {
    capabilities: Arc<Capabilities>,
    session_id: u64,
    local: LocalAddress,
    /// Our own wish for the direction, apart from what the peer allows.
    wish: Direction,
    /// The media of the session so far, in their order.
    slots: Vec<Slot>,
    /// Which number we announced for what.
    numbers: Numbers,
    /// The version and text of our last description.
    version: u64,
    sent: Bytes,
    agreed: Option<Agreed>,
    turn: Turn,
}

#[derive(Debug, Clone)]
struct Agreed {
    stream: StreamSettings,
    wish: Direction,
    remote_hold: bool,
}

/// Whose turn it is.
#[derive(Debug, Clone)]
enum Turn {
    /// Either may offer. Nothing of ours can be answered any more.
    Idle,
    /// Our offer waits for its answer.
    Offered(LocalAudio),
    /// Our offer was answered; another fork may still answer it too.
    Answered(LocalAudio),
}

impl Negotiator {
    /// A negotiator for a new call. `session_id` is for the `o=` line and should be unique
    /// (RFC 8866 5.2).
    pub fn new(capabilities: Arc<Capabilities>, session_id: u64, local: LocalAddress) -> Self {
        Self {
            capabilities,
            session_id,
            local,
            wish: Direction::SendRecv,
            slots: Vec::new(),
            numbers: Numbers::default(),
            version: 1,
            sent: Bytes::new(),
            agreed: None,
            turn: Turn::Idle,
        }
    }

    /// The stream as last agreed; `None` before the first agreement.
    pub fn stream(&self) -> Option<&StreamSettings> {
        self.agreed.as_ref().map(|agreed| &agreed.stream)
    }

    /// Whether the peer, as last agreed, wants nothing from us: `sendonly`, `inactive`, or
    /// `c=0.0.0.0`.
    pub fn remote_hold(&self) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| agreed.remote_hold)
    }

    /// Whether we want nothing from the peer, agreed or about to be.
    pub fn local_hold(&self) -> bool {
        !self.wish.receives()
    }

    /// Whether our offer waits for its answer.
    pub fn offer_pending(&self) -> bool {
        matches!(self.turn, Turn::Offered(_))
    }

    /// Wishes to hold the peer, or to resume; said in the next offer or answer.
    pub fn set_hold(&mut self, hold: bool) {
        self.wish = if hold { Direction::SendOnly } else { Direction::SendRecv };
    }

    /// Moves to another address; said in the next offer or answer.
    pub fn set_local(&mut self, local: LocalAddress) {
        self.local = local;
    }

    /// Our offer, the first of the call or a new one. While one waits for its answer, that one.
    pub fn offer(&mut self) -> Bytes {
        if self.offer_pending() {
            return self.sent.clone();
        }
        if self.slots.is_empty() {
            self.slots.push(Slot::Audio);
        }
        let (codecs, telephone_event) = self.numbers.for_offer(&self.capabilities);
        let audio = LocalAudio {
            codecs,
            telephone_event,
            direction: self.offered_direction(),
            ptime_ms: self.capabilities.ptime_ms.clamp(10, 60),
        };
        let description = self.publish(&audio);
        self.turn = Turn::Offered(audio);
        description
    }

    /// Answers the peer's offer, which is agreed with that.
    ///
    /// # Errors
    /// When the offer cannot be answered, or waits for an answer to ours. Nothing has changed then:
    /// what was agreed before goes on (RFC 3264 8, RFC 3261 14.2).
    pub fn answer(&mut self, offer: &[u8]) -> Result<Bytes, NegotiationError> {
        if self.offer_pending() {
            return Err(NegotiationError::OfferPending);
        }
        let offer = super::parse(offer)?;
        let current = self.slots.iter().position(|slot| *slot == Slot::Audio);
        let peer = select(&offer, &self.capabilities, current)?;
        let media = offer.media().enumerate();
        let slot = |(index, media)| {
            if index == peer.index { Slot::Audio } else { Slot::refused(&media) }
        };
        self.slots = media.map(slot).collect();
        let audio = self.answered_audio(&peer);
        self.numbers.bind(&audio);
        self.agree(&peer, &audio, peer.holds());
        self.turn = Turn::Idle;
        Ok(self.publish(&audio))
    }

    /// Takes the peer's answer to our offer. It may come again, changed or from another fork, until
    /// the next exchange; the last one counts.
    ///
    /// # Errors
    /// When the answer cannot be used, or there is no offer. What was agreed before goes on.
    pub fn accept_answer(&mut self, answer: &[u8]) -> Result<(), NegotiationError> {
        let audio = match mem::replace(&mut self.turn, Turn::Idle) {
            Turn::Idle => return Err(NegotiationError::NoOffer),
            Turn::Offered(audio) | Turn::Answered(audio) => audio,
        };
        let peer = self.read_answer(answer, &audio);
        if let Ok(peer) = &peer {
            // Who is offered `inactive` has no choice, so nothing is learnt from the answer.
            let holds = if audio.direction.sends() { peer.holds() } else { self.remote_hold() };
            self.numbers.bind(&audio);
            self.agree(peer, &audio, holds);
        }
        self.turn = Turn::Answered(audio);
        peer.map(|_agreed| ())
    }

    /// Our offer was not taken: what was agreed before goes on. The wish to hold stays, so that an
    /// offer made again after glare says it again (RFC 3261 14.1).
    pub fn rollback(&mut self) {
        if self.offer_pending() {
            self.turn = Turn::Idle;
        }
    }

    /// Our offer was refused for good: as [`rollback`](Self::rollback), and the wish to hold is again
    /// the one last agreed on.
    pub fn abandon(&mut self) {
        self.rollback();
        self.wish = self.agreed.as_ref().map_or(Direction::SendRecv, |agreed| agreed.wish);
    }

    /// RFC 3264 8.4: a stream that may only receive is put on hold as `inactive`.
    fn offered_direction(&self) -> Direction {
        let may_send = !(self.local_hold() && self.remote_hold());
        self.wish.and(Direction::new(may_send, true))
    }

    /// RFC 3264 6.1: the codecs both have in the order of the offer, under its numbers.
    fn answered_audio(&self, peer: &Selection) -> LocalAudio {
        let clock_rate = peer.first().map_or(8_000, |format| format.codec.clock_rate());
        LocalAudio {
            codecs: peer.codecs.clone(),
            telephone_event: peer.telephone_event.map(|events| LocalEvents {
                payload_type: events.payload_type,
                clock_rate,
                flash: events.flash,
            }),
            direction: peer.direction.answer(self.wish),
            ptime_ms: peer.ptime_ms,
        }
    }

    fn read_answer(
        &self,
        answer: &[u8],
        offered: &LocalAudio,
    ) -> Result<Selection, NegotiationError> {
        let answer = super::parse(answer)?;
        let index = self.slots.iter().position(|slot| *slot == Slot::Audio);
        let index = index.ok_or(NegotiationError::NoOffer)?;
        // RFC 3264 6: for each m= line of the offer there is one in the answer, in the same place.
        let media = answer.media().nth(index).ok_or(NegotiationError::Mismatch)?;
        if media.kind() != "audio" {
            return Err(NegotiationError::Mismatch);
        }
        if media.port() == 0 {
            return Err(NegotiationError::Refused);
        }
        let mut peer = usable(index, &media, &self.capabilities)?;
        peer.codecs.retain(|format| offered.codecs.iter().any(|own| own.codec == format.codec));
        if peer.codecs.is_empty() { Err(NegotiationError::NoCommonCodec) } else { Ok(peer) }
    }

    fn agree(&mut self, peer: &Selection, ours: &LocalAudio, remote_hold: bool) {
        let Some(PayloadFormat { payload_type, codec }) = peer.first() else { return };
        let events = ours.telephone_event.zip(peer.telephone_event);
        let mut receive = ours.codecs.clone();
        receive.sort_by_key(|format| format.codec != codec);
        let stream = StreamSettings {
            codec,
            payload_type_send: payload_type,
            receive,
            telephone_event: events.map(|(ours, peer)| TelephoneEvent {
                payload_type_send: peer.payload_type,
                payload_type_receive: ours.payload_type,
            }),
            ptime_ms: peer.ptime_ms,
            direction: ours.direction.and(peer.direction.reversed()),
            remote_rtp: peer.rtp,
            remote_rtcp: peer.rtcp,
        };
        self.agreed = Some(Agreed { stream, wish: self.wish, remote_hold });
    }

    /// Writes our description, under a new version if it says something new.
    fn publish(&mut self, audio: &LocalAudio) -> Bytes {
        let mut description = self.compose(audio);
        if !self.sent.is_empty() && self.sent != description {
            // RFC 3264 8: one more than in the last description, and only when it changed.
            self.version += 1;
            description = self.compose(audio);
        }
        self.sent = Bytes::from(description);
        self.sent.clone()
    }

    fn compose(&self, audio: &LocalAudio) -> String {
        compose(self.session_id, self.version, &self.local, &self.slots, audio)
    }
}
