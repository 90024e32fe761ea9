//! Notices that keep their place behind the messages queued before them, without taking one.

use std::collections::VecDeque;

use crate::signal::Terminated;

/// Something the mailbox's owner is told in its turn.
#[derive(Debug)]
pub(crate) enum Notice<M> {
    /// A watched actor has ended.
    Terminated(Terminated),
    /// A watched actor has ended, and the watcher chose this message to be told so.
    Message(M),
}

/// Where a notice stands: how many messages of each lane had been queued before it.
#[derive(Debug)]
struct Mark<M> {
    queued: Vec<u64>,
    notice: Notice<M>,
}

/// The notices of one mailbox, in order.
#[derive(Debug)]
pub(super) struct Marks<M>(VecDeque<Mark<M>>);

impl<M> Marks<M> {
    pub(super) fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(super) fn place(&mut self, queued: Vec<u64>, notice: Notice<M>) {
        debug_assert!(
            self.0
                .back()
                .is_none_or(|last| last.queued.iter().zip(&queued).all(|(a, b)| a <= b)),
            "counts only grow, so the first mark is always due first"
        );
        self.0.push_back(Mark { queued, notice });
    }

    /// The first notice, when all that was queued before it has left the queue.
    pub(super) fn due(&mut self, left: &[u64]) -> Option<Notice<M>> {
        let first = self.0.front()?;
        let is_due = first
            .queued
            .iter()
            .zip(left)
            .all(|(queued, left)| left >= queued);
        if is_due {
            self.0.pop_front().map(|mark| mark.notice)
        } else {
            None
        }
    }

    /// How many messages of a single lane may be taken before the first notice is due.
    pub(super) fn allowance(&self, left: u64) -> usize {
        self.0
            .front()
            .map_or(usize::MAX, |mark| (mark.queued[0] - left) as usize)
    }

    pub(super) fn into_notices(self) -> impl Iterator<Item = Notice<M>> + use<M> {
        self.0.into_iter().map(|mark| mark.notice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
