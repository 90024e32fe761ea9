//! What a user writes: the actor, and the context that its hooks are handed.

mod actor;
mod context;
mod watches;

pub use actor::Actor;
pub(crate) use context::Ending;
pub use context::{AdapterError, Context};
