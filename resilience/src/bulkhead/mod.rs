//! How many calls run at once: [`Bulkhead`], the [`Gate`] made of it, and what waits there.
//!
#![doc = include_str!("../../docs/bulkhead.md")]

mod acquire;
mod check;
mod gate;
mod machine;
mod settings;
mod waiters;
mod waiting;

pub use acquire::{Acquire, Guard};
pub use check::BulkheadError;
pub(crate) use gate::Entered;
pub use gate::{Gate, Occupancy, Rejected};
pub(crate) use machine::Permit;
pub use settings::{Bulkhead, HIGHEST_PRIORITY, MAX_QUEUE};
pub(crate) use waiting::Waiting;

#[cfg(test)]
mod tests;
