//! Who looks at the messages as they pass: a capture file, the application, the log.

use sipua_core::transport::Flow;

use crate::net::Capture;
use crate::trace::{Trace, TracedMessage};

#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) capture: Option<Capture>,
    pub(crate) trace: Option<Trace>,
}

impl Watch {
    pub(super) fn received(&self, flow: Flow, data: &[u8]) {
        if let Some(capture) = &self.capture {
            capture.packet(flow.remote, flow.local, data);
        }
        self.message(false, flow, data);
    }

    pub(super) fn sent(&self, flow: Flow, data: &[u8]) {
        if let Some(capture) = &self.capture {
            capture.packet(flow.local, flow.remote, data);
        }
        self.message(true, flow, data);
    }

    fn message(&self, sent: bool, Flow { local, remote, .. }: Flow, data: &[u8]) {
        tracing::trace!(sent, %remote, bytes = data.len(), "message");
        if let Some(trace) = &self.trace {
            trace.message(TracedMessage { sent, local, remote, data });
        }
    }
}
