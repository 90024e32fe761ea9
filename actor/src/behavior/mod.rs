//! What a user writes, and the context that the hooks are handed.
//!
//! The context owns what an actor has around its messages: a stash, timers, tasks, streams. All of
//! it is bounded, and nothing goes on after the actor.

mod actor;
mod context;
mod stash;
mod streams;
mod tasks;
mod timers;
mod watches;

pub use actor::Actor;
pub(crate) use context::Ending;
pub use context::{AdapterError, Context};
pub use stash::StashFull;
pub use streams::StreamEvent;
pub use tasks::TooManyTasks;
pub use timers::TimerError;
