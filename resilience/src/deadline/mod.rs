//! How long somebody waits, as a property of the task.
//!
#![doc = include_str!("../../docs/deadline.md")]

mod point;
mod scope;

pub use point::Deadline;
pub(crate) use point::FAR;
pub use scope::{Scoped, none};

#[cfg(test)]
mod tests;
