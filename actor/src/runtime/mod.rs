//! What makes actors run: cells, the tree of children, the lifecycle and its message loop.
//!
//! The only place that spawns the tasks of actors. A cell is what outlives instances: mailbox,
//! control lane, children and watchers. A life is the task that makes one instance after another.

mod cell;
mod command;
mod family;
mod finish;
mod group;
mod guard;
mod hand;
mod head;
mod ladder;
mod life;
mod live;
mod spawn;
mod supervise;
mod thread;
mod traced;
mod visit;
mod waits;

pub(crate) use cell::{Cell, Resident};
pub use spawn::{Spawn, SpawnError};
pub(crate) use spawn::{found_root, spawn_under};
