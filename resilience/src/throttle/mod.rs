//! Client-side throttling: calls that the service would refuse anyhow are not sent to it.
//!
#![doc = include_str!("../../docs/throttle.md")]

mod machine;
mod settings;
mod shell;

pub use machine::{Machine, Permit, Throttled};
pub use settings::{Throttle, ThrottleError};
pub use shell::Throttler;

#[cfg(test)]
mod tests;
