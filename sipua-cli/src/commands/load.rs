//! `sipua load URI`: many calls at a rate, and what came of them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::json;
use sipua::{CallId, CallRecord, Event, EventKind};

use crate::failure::Failure;
use crate::options::{LoadOptions, Options};
use crate::output::Notice;
use crate::phone::{Delayed, Phone, Role, Step};

/// Calls placed at once when many are due, before the engine gets its turn.
const BURST: u64 = 64;

/// Places calls at a steady rate.
#[derive(Debug)]
pub(crate) struct Load {
    options: LoadOptions,
    began: Option<Instant>,
    placed: u64,
    /// When the last one was placed.
    placed_by: Option<Instant>,
    /// When each call that is not answered yet was placed.
    setting_up: HashMap<CallId, Instant>,
    /// Calls that are not over.
    living: usize,
    held: Delayed,
    ended: u64,
    answered: u64,
    /// From the INVITE to the 200.
    setups: Vec<Duration>,
    failures: HashMap<&'static str, u64>,
}

impl Load {
    pub(crate) fn new(load: LoadOptions, options: &Options) -> Self {
        let hold = options.calls.duration.unwrap_or(load.hold);
        Self {
            options: load,
            began: None,
            placed: 0,
            placed_by: None,
            setting_up: HashMap::new(),
            living: 0,
            held: Delayed::new(hold),
            ended: 0,
            answered: 0,
            setups: Vec::new(),
            failures: HashMap::new(),
        }
    }

    /// When the next call is to be placed, if there is a next one and there is room.
    fn next_call(&self) -> Option<Instant> {
        let began = self.began?;
        let more = self.placed < self.options.calls && self.living < self.options.limit.max(1);
        more.then(|| began + Duration::from_secs_f64(self.placed as f64 / self.options.rate))
    }

    fn place_due(&mut self, phone: &mut Phone, now: Instant) -> Result<(), Failure> {
        for _ in 0..BURST {
            if phone.is_stopping() || self.next_call().is_none_or(|at| at > now) {
                return Ok(());
            }
            let call = phone.place(&self.options.uri)?;
            phone.plan.record(&call)?;
            self.setting_up.insert(call.id(), now);
            self.placed += 1;
            self.placed_by = Some(now);
            self.living += 1;
        }
        Ok(())
    }

    fn answered(&mut self, phone: &Phone, id: CallId) -> Result<(), Failure> {
        let now = Instant::now();
        let Some(placed) = self.setting_up.remove(&id) else { return Ok(()) };
        self.answered += 1;
        self.setups.push(now - placed);
        if !phone.plan.is_empty()
            && let Some(call) = phone.ua.call(id)
        {
            phone.plan.speak(&call)?;
        }
        self.held.add(id, now);
        Ok(())
    }

    fn ended(&mut self, id: CallId, record: &CallRecord) {
        self.setting_up.remove(&id);
        self.living = self.living.saturating_sub(1);
        self.ended += 1;
        let unanswered = record.answered.is_none().then_some("not_answered");
        if let Some(kind) = record.failure.map(sipua::Failure::name).or(unanswered) {
            *self.failures.entry(kind).or_default() += 1;
        }
    }

    /// Calls that failed: refused, unanswered, or broken off.
    fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Calls placed a second, from the first to the last.
    fn rate(&self) -> f64 {
        let (Some(began), Some(by)) = (self.began, self.placed_by) else { return 0.0 };
        let seconds = by.duration_since(began).as_secs_f64();
        // The last call stands for its own interval.
        self.placed as f64 / (seconds + 1.0 / self.options.rate)
    }

    fn report(&mut self) -> Notice {
        self.setups.sort_unstable();
        let [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1.0].map(|part| millis_at(&self.setups, part));
        let (rate, failed) = (self.rate(), self.failed());
        let mut kinds: Vec<_> = self.failures.iter().collect();
        kinds.sort_unstable();
        let kinds_text: Vec<_> =
            kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let text = format!(
            "{} calls at {rate:.1} a second: {} answered, {failed} failed{}{}; setup p50 {p50:.1} ms, \
             p95 {p95:.1} ms, p99 {p99:.1} ms, longest {max:.1} ms",
            self.placed,
            self.answered,
            if kinds.is_empty() { "" } else { ": " },
            kinds_text.join(", "),
        );
        let object = json!({
            "event": "load_finished",
            "calls": self.placed,
            "answered": self.answered,
            "failed": failed,
            "failures": self.failures,
            "rate": (rate * 100.0).round() / 100.0,
            "setup_ms": { "p50": p50, "p95": p95, "p99": p99, "max": max },
        });
        Notice::Report { text, object }
    }
}

/// Nearest rank, in milliseconds with two places; 0 when there is none.
fn millis_at(sorted: &[Duration], part: f64) -> f64 {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    let at = sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default();
    (at.as_secs_f64() * 100_000.0).round() / 100.0
}

impl Role for Load {
    fn begin(&mut self, phone: &mut Phone) -> Result<Step, Failure> {
        let now = Instant::now();
        self.began = Some(now);
        self.place_due(phone, now)?;
        Ok(if self.options.calls == 0 { Step::Stop } else { Step::GoOn })
    }

    fn handle_event(&mut self, phone: &mut Phone, event: &Event) -> Result<Step, Failure> {
        let Some(id) = event.call else { return Ok(Step::GoOn) };
        match &event.kind {
            EventKind::IncomingCall(_) => phone.turn_away(event),
            EventKind::CallAnswered { .. } => self.answered(phone, id)?,
            EventKind::CallEnded(record) if record.direction == sipua::CallDirection::Outgoing => {
                self.ended(id, record);
                if self.ended == self.options.calls {
                    return Ok(Step::Stop);
                }
            }
            _ => {}
        }
        Ok(Step::GoOn)
    }

    fn handle_timeout(&mut self, phone: &mut Phone, now: Instant) -> Result<Step, Failure> {
        while let Some(id) = self.held.pop_due(now) {
            if let Some(call) = phone.ua.call(id) {
                call.hangup()?;
            }
        }
        self.place_due(phone, now)?;
        Ok(Step::GoOn)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.next_call(), self.held.poll_timeout()].into_iter().flatten().min()
    }

    fn outcome(&mut self, phone: &mut Phone) -> Result<(), Failure> {
        let report = self.report();
        phone.tell(&report);
        let (failed, calls) = (self.failed(), self.options.calls);
        if failed > 0 {
            return Err(Failure::failed(format!("{failed} of {} calls failed", self.placed)));
        }
        if self.ended < calls {
            return Err(Failure::failed(format!("only {} of {calls} calls were made", self.ended)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let hundred: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(
            [0.5, 0.95, 0.99, 1.0].map(|p| millis_at(&hundred, p)),
            [50.0, 95.0, 99.0, 100.0]
        );
        assert_eq!(millis_at(&hundred[..1], 0.5), 1.0);
        assert_eq!(millis_at(&[], 0.99), 0.0);
    }
}
