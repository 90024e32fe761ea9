//! What a user writes: the actor, and the context that its hooks are handed.

mod actor;
mod context;

pub use actor::Actor;
pub use context::{AdapterError, Context};
pub(crate) use context::Ending;
