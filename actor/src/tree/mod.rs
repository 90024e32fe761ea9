//! The tree of cells: what outlives an actor's instances, and what supervisors and children tell
//! each other. It knows no task and no hook; `runtime` makes it live.

mod cell;
mod command;
mod custody;
mod family;
mod finish;
mod group;
mod head;
pub(crate) mod ladder;
mod supervise;
pub(crate) mod traced;
mod vitals;
mod waits;

pub(crate) use cell::{Cell, Resident};
pub(crate) use command::{ChildChange, Command, Order, command};
pub(crate) use family::Family;
pub(crate) use finish::{finish, tell_parent};
pub(crate) use head::{ChildSpec, Head, flag};
pub(crate) use supervise::{stop_children, supervise};
pub use vitals::ActorState;
pub(crate) use vitals::Pulse;
