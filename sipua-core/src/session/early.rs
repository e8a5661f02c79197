//! The early dialogs of an INVITE that forked: one for each To tag in a 1xx (RFC 3261 13.2.2.1).

use crate::dialog::Dialog;

/// Branches that are told apart; those beyond share the last number.
const MAX_FORKS: usize = 32;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct EarlyDialogs {
    dialogs: Vec<(u32, Dialog)>,
    next: u32,
    /// Branches whose 1xx had an answer to our offer.
    answered: Vec<u32>,
}

impl EarlyDialogs {
    pub(super) fn len(&self) -> usize {
        self.dialogs.len()
    }

    pub(super) fn clear(&mut self) {
        self.dialogs.clear();
    }

    /// The branch with this tag of the peer.
    pub(super) fn find(&self, remote_tag: Option<&str>) -> Option<u32> {
        let of =
            |(fork, dialog): &(u32, Dialog)| (dialog.remote_tag() == remote_tag).then_some(*fork);
        self.dialogs.iter().find_map(of)
    }

    /// Takes in the dialog of a 1xx or 2xx; a known one is replaced, for its route set and target may
    /// have changed.
    pub(super) fn take_in(&mut self, dialog: Dialog) -> u32 {
        let known = |(_, early): &&mut (u32, Dialog)| early.remote_tag() == dialog.remote_tag();
        if let Some((fork, early)) = self.dialogs.iter_mut().find(known) {
            *early = dialog;
            return *fork;
        }
        let fork = self.next;
        if self.dialogs.len() < MAX_FORKS {
            self.next += 1;
            self.dialogs.push((fork, dialog));
        }
        fork
    }

    /// A 1xx of this branch had an answer.
    pub(super) fn note_answer(&mut self, fork: u32) {
        if !self.has_answer(fork) && self.answered.len() < MAX_FORKS {
            self.answered.push(fork);
        }
    }

    pub(super) fn has_answer(&self, fork: u32) -> bool {
        self.answered.contains(&fork)
    }

    /// This branch is over (RFC 6228: 199).
    pub(super) fn remove(&mut self, remote_tag: Option<&str>) {
        self.dialogs.retain(|(_, dialog)| dialog.remote_tag() != remote_tag);
    }
}
