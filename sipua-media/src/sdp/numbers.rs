//! Which payload type number we gave to what. A number keeps its meaning for the whole session
//! (RFC 3264 8.3.2).

use super::compose::{LocalAudio, LocalEvents};
use super::{Capabilities, PayloadFormat};
use crate::codec::CodecId;

/// The numbers for what has none of its own (RFC 3551 3).
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;
/// The number that nearly everyone gives to telephone-event.
const TELEPHONE_EVENT: u8 = 101;

/// The numbers announced so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    codecs: Vec<PayloadFormat>,
    telephone_event: Option<LocalEvents>,
}

impl Numbers {
    /// Remembers what a description of ours that was agreed on announced.
    pub(super) fn bind(&mut self, audio: &LocalAudio) {
        for format in &audio.codecs {
            self.codecs.retain(|bound| bound.codec != format.codec);
            self.codecs.push(*format);
        }
        self.telephone_event = audio.telephone_event.or(self.telephone_event);
    }

    /// The formats of an offer: all we can, best first, under numbers they had or new ones.
    pub(super) fn for_offer(
        &self,
        capabilities: &Capabilities,
    ) -> (Vec<PayloadFormat>, Option<LocalEvents>) {
        let mut taken: Vec<u8> = self.codecs.iter().map(|format| format.payload_type).collect();
        let events = self.events_for_offer(capabilities, &taken);
        taken.extend(events.map(|events| events.payload_type));
        let mut codecs: Vec<PayloadFormat> = Vec::with_capacity(capabilities.codecs.len());
        for preference in &capabilities.codecs {
            let codec = preference.codec;
            let number = self.number_of(codec).or_else(|| {
                let number = codec.static_payload_type().filter(|own| !taken.contains(own));
                number.or_else(|| free(preference.payload_type, &taken))
            });
            let Some(payload_type) = number else { continue };
            if codecs.iter().all(|format| format.codec != codec) {
                taken.push(payload_type);
                codecs.push(PayloadFormat { payload_type, codec });
            }
        }
        (codecs, events)
    }

    fn events_for_offer(&self, capabilities: &Capabilities, taken: &[u8]) -> Option<LocalEvents> {
        let first = capabilities.codecs.first().filter(|_| capabilities.telephone_event)?;
        let clock_rate = first.codec.clock_rate();
        match self.telephone_event {
            Some(bound) if bound.clock_rate == clock_rate => Some(bound),
            _ => {
                let payload_type = free(Some(TELEPHONE_EVENT), taken)?;
                Some(LocalEvents { payload_type, clock_rate, flash: true })
            }
        }
    }

    fn number_of(&self, codec: CodecId) -> Option<u8> {
        self.codecs.iter().find(|bound| bound.codec == codec).map(|bound| bound.payload_type)
    }
}

/// The wished-for dynamic number, or else the first that is free.
fn free(wish: Option<u8>, taken: &[u8]) -> Option<u8> {
    let wish = wish.filter(|number| DYNAMIC.contains(number));
    wish.into_iter().chain(DYNAMIC).find(|number| !taken.contains(number))
}
