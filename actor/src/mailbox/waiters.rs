//! Senders that wait for room: woken in order, only as many as there is room for.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;

/// The waiting senders of one mailbox.
///
/// A place that becomes free while somebody waits is granted to the first of them at once: it
/// counts as taken until that sender uses or releases it, so nobody can overtake.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    next: u64,
    waiting: BTreeMap<u64, Waker>,
    granted: BTreeSet<u64>,
}

impl Waiters {
    /// Joins the end of the line.
    pub(super) fn join(&mut self, waker: Waker) -> u64 {
        let number = self.next;
        self.next += 1;
        self.waiting.insert(number, waker);
        number
    }

    /// Gives a free place to the first in line, who is to be woken after the lock.
    pub(super) fn grant(&mut self) -> Option<Waker> {
        let (number, waker) = self.waiting.pop_first()?;
        self.granted.insert(number);
        Some(waker)
    }

    /// Whether `number` was granted its place, which it then holds itself.
    pub(super) fn claim(&mut self, number: u64) -> bool {
        self.granted.remove(&number)
    }

    /// Keeps the waker of a sender that is still in line up to date, in exchange for the last one.
    pub(super) fn update(&mut self, number: u64, waker: &mut Waker) {
        if let Some(slot) = self.waiting.get_mut(&number) {
            std::mem::swap(slot, waker);
        }
    }

    /// Leaves the line: whether a place had been granted meanwhile, which is now free, and the
    /// waker, to be dropped after the lock.
    pub(super) fn leave(&mut self, number: u64) -> (bool, Option<Waker>) {
        let waker = self.waiting.remove(&number);
        (self.granted.remove(&number), waker)
    }

    /// Empties the line for good; everyone in it is to be woken after the lock.
    pub(super) fn dismiss(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.waiting).into_values().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.granted.is_empty()
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}
