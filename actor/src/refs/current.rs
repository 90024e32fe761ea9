//! Which actor runs on this thread, for the time of one poll.
//!
//! It is how a handler that fills its own mailbox is told so, and how `inspect()` knows who waits
//! for whom. Set around each poll and taken back after it, so nothing outlives the poll.

use std::cell::RefCell;
use std::sync::Arc;

use super::deliver::Subject;
use crate::id::ActorId;

thread_local! {
    static CURRENT: RefCell<Option<Arc<dyn Subject>>> = const { RefCell::new(None) };
}

/// Runs `poll` as `subject`, which is handed back afterwards, also when it panics.
pub(crate) fn enter<T>(subject: &mut Option<Arc<dyn Subject>>, poll: impl FnOnce() -> T) -> T {
    struct Restore<'a> {
        subject: &'a mut Option<Arc<dyn Subject>>,
        outer: Option<Arc<dyn Subject>>,
    }

    impl Drop for Restore<'_> {
        fn drop(&mut self) {
            let outer = self.outer.take();
            *self.subject = CURRENT.with_borrow_mut(|slot| std::mem::replace(slot, outer));
        }
    }

    let outer = CURRENT.replace(subject.take());
    let _restore = Restore { subject, outer };
    poll()
}

/// The actor that runs here, if one does.
pub(crate) fn subject() -> Option<Arc<dyn Subject>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Whether the actor that runs here is `id`.
pub(crate) fn is(id: ActorId) -> bool {
    CURRENT.with_borrow(|slot| slot.as_ref().is_some_and(|subject| subject.id() == id))
}

/// Shows in `inspect()` that the actor that runs here waits, until dropped.
pub(crate) struct Waiting(Arc<dyn Subject>);

impl Waiting {
    pub(crate) fn begin(target: impl FnOnce() -> Arc<dyn Subject>) -> Option<Self> {
        let waiter = subject()?;
        waiter.waits_for(Some(target()));
        Some(Self(waiter))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waits_for(None);
    }
}
