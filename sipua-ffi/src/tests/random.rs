//! Any call in any order with any handle, from several threads, for many seeds: nothing is asserted but
//! that every function returns, and that the user agents end.

use std::ptr;
use std::thread;

use super::support::{Phone, Taken, ok};
use crate::account::{
    AccountConfig, sipua_account_add, sipua_account_register, sipua_account_remove,
    sipua_account_unregister,
};
use crate::audio::{
    sipua_audio_buffered, sipua_audio_clear, sipua_audio_format, sipua_audio_mark,
    sipua_audio_read, sipua_audio_write,
};
use crate::call::{
    CallInfo, sipua_call_answer, sipua_call_get_info, sipua_call_hangup, sipua_call_hold,
    sipua_call_ignore, sipua_call_progress, sipua_call_redirect, sipua_call_reinvite,
    sipua_call_reject, sipua_call_resume, sipua_call_ring, sipua_call_set_userdata, sipua_dial,
};
use crate::event::{
    SIPUA_EVENT_INCOMING_CALL, Stats, sipua_event_fd, sipua_event_json, sipua_next_event,
};
use crate::media::{
    sipua_call_mute, sipua_call_play, sipua_call_send_dtmf, sipua_call_stats,
    sipua_call_stop_playing, sipua_call_stop_recording, sipua_call_unmute,
};
use crate::request::{sipua_call_send_request, sipua_send_request};
use crate::sized::Sized32;
use crate::status::{SIPUA_ERROR_INTERNAL, SIPUA_OK, Status};
use crate::ua::{Ua, sipua_ua_free, sipua_ua_shutdown};

/// Games, each of two user agents and three threads.
const SEEDS: u64 = 16;
/// Steps of one thread.
const STEPS: usize = 300;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        // Xorshift: any sequence will do, as long as the seed gives it again.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// One thread's view: handles that live, that are stale, and that never were.
struct Player {
    dice: Dice,
    agents: Vec<*mut Ua>,
    targets: Vec<std::ffi::CString>,
    ids: Vec<u64>,
}

unsafe impl Send for Player {}

impl Player {
    fn step(&mut self) {
        let ua = self.dice.pick(&self.agents);
        let id = self.dice.pick(&self.ids);
        let statuses = match self.dice.below(6) {
            0 => vec![self.event(ua)],
            1 => vec![self.dial(ua, id)],
            2 => self.account(ua, id),
            3 => self.media(ua, id),
            _ => self.verb(ua, id),
        };
        assert!(statuses.iter().all(|&status| status <= 0 && status != SIPUA_ERROR_INTERNAL));
    }

    fn event(&mut self, ua: *mut Ua) -> Status {
        let mut event = ptr::null_mut();
        let timeout = self.dice.pick(&[0, 0, 1, 5]);
        let status = unsafe { sipua_next_event(ua, timeout, &raw mut event) };
        if status == SIPUA_OK {
            let event = Taken(event);
            assert!(!unsafe { sipua_event_json(event.0) }.is_null());
            if event.kind == SIPUA_EVENT_INCOMING_CALL {
                self.ids.push(event.call);
            }
        }
        status
    }

    fn dial(&mut self, ua: *mut Ua, account: u64) -> Status {
        let target = self.dice.below(self.targets.len());
        let target = self.targets[target].as_ptr();
        let account = self.dice.pick(&[0, 0, 0, account]);
        let mut call = 0;
        let none = ptr::null();
        let status = unsafe { sipua_dial(ua, account, target, usize::MAX, none, &raw mut call) };
        if status == SIPUA_OK {
            self.ids.push(call);
        }
        status
    }

    fn verb(&mut self, ua: *mut Ua, call: u64) -> Vec<Status> {
        let code = self.dice.pick(&[0, 200, 486, 603, -5, 99_999]);
        let target = self.targets[0].as_ptr();
        let mut info = CallInfo { size: CallInfo::SIZE, ..CallInfo::zeroed() };
        let place = &raw mut info;
        let (request, response) = (ptr::null(), ptr::null_mut());
        vec![unsafe {
            match self.dice.below(16) {
                0 => sipua_call_ring(ua, call),
                1 => sipua_call_progress(ua, call),
                2..=4 => sipua_call_answer(ua, call, self.dice.pick(&[0, 200, code])),
                5 => sipua_call_reject(ua, call, code),
                6 => sipua_call_redirect(ua, call, target, usize::MAX),
                7 => sipua_call_ignore(ua, call),
                8 => sipua_call_hangup(ua, call, self.dice.pick(&[0, code]), ptr::null(), 0),
                9 => sipua_call_hold(ua, call),
                10 => sipua_call_resume(ua, call),
                11 => sipua_call_reinvite(ua, call),
                12 => sipua_call_get_info(ua, call, place),
                13 => sipua_call_set_userdata(ua, call, ptr::without_provenance_mut(9)),
                14 => sipua_call_send_dtmf(ua, call, c"1 2".as_ptr(), usize::MAX),
                _ => sipua_call_send_request(ua, call, request, 0, response),
            }
        }]
    }

    fn media(&mut self, ua: *mut Ua, call: u64) -> Vec<Status> {
        let mut samples = [0; 400];
        let data = samples.as_mut_ptr();
        let count = self.dice.below(400);
        let (mut taken, mut stats) = (0, Stats { size: Stats::SIZE, ..Stats::zeroed() });
        let (place, none) = (&raw mut taken, ptr::null_mut::<usize>());
        vec![unsafe {
            match self.dice.below(12) {
                0 | 1 => {
                    let rate = self.dice.pick(&[8_000, 16_000, 24_000, 48_000, 7]);
                    sipua_audio_format(ua, call, rate, self.dice.pick(&[0, 20, 70_000]))
                }
                2 => sipua_audio_read(ua, call, data, count, place),
                3 => sipua_audio_write(ua, call, data, count, place),
                4 => sipua_audio_clear(ua, call, none),
                5 => sipua_audio_mark(ua, call, 1),
                6 => sipua_audio_buffered(ua, call, place, none, none),
                7 => sipua_call_play(ua, call, c"tone:440".as_ptr(), usize::MAX, 1, none.cast()),
                8 => sipua_call_stop_playing(ua, call),
                9 => sipua_call_mute(ua, call).min(sipua_call_unmute(ua, call)),
                10 => sipua_call_stop_recording(ua, call),
                _ => sipua_call_stats(ua, call, 20, &raw mut stats),
            }
        }]
    }

    fn account(&mut self, ua: *mut Ua, account: u64) -> Vec<Status> {
        let config = AccountConfig {
            size: AccountConfig::SIZE,
            aor: c"sip:alice@127.0.0.1:9".as_ptr(),
            no_register: self.dice.pick(&[0, 1]),
            ..AccountConfig::zeroed()
        };
        let (mut added, mut fd) = (0, 0);
        let target = self.targets[0].as_ptr();
        let (request, response) = (ptr::null(), ptr::null_mut());
        let status = unsafe {
            match self.dice.below(6) {
                0 => sipua_account_add(ua, &raw const config, &raw mut added),
                1 => sipua_account_register(ua, account),
                2 => sipua_account_unregister(ua, account),
                3 => sipua_account_remove(ua, account),
                4 => sipua_event_fd(ua, &raw mut fd),
                _ => sipua_send_request(ua, account, target, usize::MAX, request, 0, response),
            }
        };
        if added != 0 {
            self.ids.push(added);
        }
        vec![status]
    }
}

fn play(seed: u64) {
    let phones = [Phone::new(), Phone::new()];
    let stale = Phone::new().ua;
    let mut targets: Vec<_> = phones.iter().map(Phone::uri).collect();
    targets.push(c"sip:nobody@127.0.0.1:9".to_owned());
    targets.push(c"not a target".to_owned());
    let agents = [phones[0].ua, phones[1].ua, phones[0].ua, phones[1].ua, stale, ptr::null_mut()];
    thread::scope(|scope| {
        for number in 1..=3_u64 {
            let mut player = Player {
                dice: Dice((seed * 31 + number).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                agents: agents.to_vec(),
                targets: targets.clone(),
                ids: vec![0, 1, 2, u64::MAX],
            };
            scope.spawn(move || {
                for step in 0..STEPS {
                    player.step();
                    // Late in one game of three the ground is pulled away.
                    if seed.is_multiple_of(3) && number == 3 && step == STEPS / 2 {
                        ok(unsafe { sipua_ua_shutdown(player.agents[0]) });
                        ok(unsafe { sipua_ua_free(player.agents[1]) });
                    }
                }
            });
        }
    });
    // Both at once, as their goodbyes may take the whole time that is given to them.
    thread::scope(|scope| {
        for phone in &phones {
            scope.spawn(|| phone.free());
        }
    });
}

#[test]
fn any_order_of_calls_with_any_handles_is_survived() {
    // Side by side: most of the time goes into the goodbyes to peers that do not exist.
    thread::scope(|scope| {
        for seed in 1..=SEEDS {
            scope.spawn(move || play(seed));
        }
    });
}
