//! The messages in the hands of an actor's task, so that they can be counted without it.

use std::sync::atomic::{AtomicU32, Ordering};

/// How many messages the task has taken or stashed and not begun, whose burial nobody has claimed.
///
/// Each message in it is one to claim, and who has claimed it counts it as a dead letter: the task
/// that buries it, or who gives the actor up while the task is stuck. So each is counted once also
/// when the task goes on just then.
#[derive(Debug, Default)]
pub(crate) struct Custody(AtomicU32);

impl Custody {
    /// Messages were taken from the mailbox. Only the task calls this, and `begin`, and not once it
    /// sees that it is killed; others claim a whole grace after that, so neither need be one atomic
    /// step.
    #[inline]
    pub(crate) fn take(&self, messages: usize) {
        let held = self.0.load(Ordering::Relaxed);
        // No message is smaller than a byte: so many would not fit into memory.
        self.0.store(held + messages as u32, Ordering::Relaxed);
    }

    /// A message is begun.
    #[inline]
    pub(crate) fn begin(&self) {
        let held = self.0.load(Ordering::Relaxed);
        // A task held up here for the whole grace would find it claimed.
        self.0.store(held.saturating_sub(1), Ordering::Relaxed);
    }

    /// Messages are added, perhaps by a handler that goes on after its actor was given up.
    pub(crate) fn add(&self, messages: usize) {
        self.0.fetch_add(messages as u32, Ordering::Relaxed);
    }

    /// Claims one message; false when all have been claimed.
    pub(crate) fn claim(&self) -> bool {
        let claim = |held: u32| held.checked_sub(1);
        let claimed = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim);
        claimed.is_ok()
    }

    /// Claims all messages, and says how many.
    pub(crate) fn claim_all(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_message_that_is_begun_or_claimed_is_claimed_no_more() {
        let custody = Custody::default();
        custody.take(3);
        custody.add(1);
        custody.begin();
        assert!(custody.claim());
        assert_eq!(custody.claim_all(), 2);
        assert!(!custody.claim());
        custody.begin();
        assert_eq!(custody.claim_all(), 0);
    }

    #[test]
    fn each_message_is_claimed_by_one() {
        for _ in 0..100 {
            let custody = Custody::default();
            custody.take(1_000);
            let (one_by_one, together) = thread::scope(|scope| {
                let all = scope.spawn(|| custody.claim_all());
                let one_by_one = std::iter::from_fn(|| custody.claim().then_some(())).count();
                (one_by_one, all.join().unwrap())
            });
            assert_eq!(one_by_one + together, 1_000);
        }
    }
}
