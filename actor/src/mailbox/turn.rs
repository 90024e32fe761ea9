//! The turn of a sender that never has to wait, measured by the budget of its task.

use std::task::{Context, Waker};

use tokio::task::coop;

/// Whether the task that is being polled has used up its budget; takes one from it if not.
///
/// It wakes nobody: who is told so has to yield by itself.
pub(crate) fn is_hasty() -> bool {
    let mut context = Context::from_waker(Waker::noop());
    coop::poll_proceed(&mut context)
        .map(|budget| budget.made_progress())
        .is_pending()
}
