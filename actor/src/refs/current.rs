//! Which actor runs on this thread, for the time of one poll.
//!
//! It is how a handler that fills its own mailbox is told so, and how `inspect()` knows who waits
//! for whom. Set around each poll and taken back after it, so nothing outlives the poll.

use std::cell::Cell;
use std::sync::Arc;

use super::deliver::Subject;

thread_local! {
    static CURRENT: Cell<Option<Arc<dyn Subject>>> = const { Cell::new(None) };
}

/// Runs `poll` as `subject`, which is handed back afterwards, also when it panics.
pub(crate) fn enter<T>(subject: &mut Option<Arc<dyn Subject>>, poll: impl FnOnce() -> T) -> T {
    /// Swaps the two, once to enter and once to leave.
    struct Entered<'a>(&'a mut Option<Arc<dyn Subject>>);

    impl Entered<'_> {
        fn swap(&mut self) {
            CURRENT.with(|slot| *self.0 = slot.replace(self.0.take()));
        }
    }

    impl Drop for Entered<'_> {
        fn drop(&mut self) {
            self.swap();
        }
    }

    let mut entered = Entered(subject);
    entered.swap();
    poll()
}

fn with<T>(look: impl FnOnce(Option<&Arc<dyn Subject>>) -> T) -> T {
    CURRENT.with(|slot| {
        let subject = slot.take();
        let result = look(subject.as_ref());
        slot.set(subject);
        result
    })
}

/// The actor that runs here, if one does.
pub(crate) fn subject() -> Option<Arc<dyn Subject>> {
    with(|subject| subject.cloned())
}

/// Whether the actor that runs here is the one behind `other`. Ids are a system's own, and actors
/// of several systems may send to each other.
pub(crate) fn is<S: Subject + ?Sized>(other: &S) -> bool {
    with(|subject| {
        subject.is_some_and(|subject| {
            subject.id() == other.owner() && Arc::ptr_eq(subject.environment(), other.environment())
        })
    })
}

/// Shows in `inspect()` that the actor that runs here waits, until dropped.
pub(crate) struct Waiting {
    waiter: Arc<dyn Subject>,
    /// Where the one lies for whom it waits, and whom the waiter holds meanwhile.
    address: usize,
}

impl Waiting {
    pub(crate) fn begin(target: impl FnOnce() -> Arc<dyn Subject>) -> Option<Self> {
        let (waiter, target) = (subject()?, target());
        let address = Arc::as_ptr(&target).addr();
        waiter.waits_for(target);
        Some(Self { waiter, address })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.waiter.waited_for(self.address);
    }
}
