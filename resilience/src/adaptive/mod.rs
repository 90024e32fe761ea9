//! Adaptive concurrency: a limit of calls at once that finds itself by how long calls take.
//!
#![doc = include_str!("../../docs/adaptive.md")]

mod algorithm;
mod check;
mod machine;
mod settings;
mod shell;

pub use check::AdaptiveError;
pub use machine::{AtLimit, Machine, Permit};
pub use settings::AdaptiveLimit;
pub use shell::AdaptiveLimiter;

#[cfg(test)]
mod tests;
