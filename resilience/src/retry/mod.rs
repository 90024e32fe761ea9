//! Repeating a call that failed: [`Retry`], its [`Budget`] and the [`Decision`] after an attempt.
//!
#![doc = include_str!("../../docs/retry.md")]

mod budget;
mod check;
mod decision;
mod ledger;
mod settings;
mod shell;

pub use budget::Budget;
pub use check::RetryError;
pub use decision::{Decision, FailedAttempt, Why};
pub use ledger::Ledger;
pub use settings::Retry;
pub(crate) use shell::Repeater;

#[cfg(test)]
mod tests;
