//! Single flight: calls for the same thing at the same time share one call and its answer.
//!
#![doc = include_str!("../../docs/coalesce.md")]

mod flights;
mod seat;
mod settings;

pub use flights::{Flights, Stats};
#[cfg(feature = "cache")]
pub(crate) use seat::Ticket;
pub use settings::{Coalesce, CoalesceError};

#[cfg(test)]
mod tests;
