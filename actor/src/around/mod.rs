//! What an actor has around its messages: timers, tasks, a stash. All of it bounded, and owned by
//! the actor, so that nothing goes on after it.

mod stash;
mod streams;
mod tasks;
mod timers;

pub(crate) use stash::Stash;
pub use stash::StashFull;
pub use streams::StreamEvent;
pub(crate) use tasks::Tasks;
pub use tasks::TooManyTasks;
pub use timers::TimerError;
pub(crate) use timers::Timers;
