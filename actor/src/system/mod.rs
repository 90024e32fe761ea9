//! The system: the root of one tree of actors, and what they share.

mod builder;
mod root;
mod shutdown;
#[expect(clippy::module_inception, reason = "the folder's one type")]
mod system;

pub use builder::SystemBuilder;
pub use system::System;
