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
pub use gate::{Gate, Occupancy, Rejected};
pub use settings::{Bulkhead, HIGHEST_PRIORITY, MAX_QUEUE};

#[cfg(test)]
mod tests;
