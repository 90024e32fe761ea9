//! What makes actors run: the lifecycle and its message loop.
//!
//! The only place that spawns the tasks of actors. A life is the task that makes one instance of an
//! actor after another and feeds it from its cell.

mod guard;
mod hand;
mod life;
mod live;
#[cfg(test)]
mod sizes;
mod spawn;
mod thread;
mod visit;

pub use spawn::{Spawn, SpawnError};
pub(crate) use spawn::{found_root, spawn_under};
