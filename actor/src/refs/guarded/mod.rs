//! Guarded references: a reference and the pipeline that every call through it passes.

mod ask;
mod attempts;
mod error;
mod message;
mod passage;
mod reference;
mod tell;

pub use ask::GuardedAsk;
pub use attempts::ClassifyAnswer;
pub use error::{GuardedCause, GuardedError};
pub use message::MakeMessage;
pub use reference::Guarded;
pub use tell::GuardedTell;
