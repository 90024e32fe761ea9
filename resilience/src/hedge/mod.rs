//! A second attempt beside one that does not answer: [`Hedge`].
//!
#![doc = include_str!("../../docs/hedge.md")]

mod check;
mod latencies;
mod settings;
mod shell;

pub use check::HedgeError;
pub use settings::Hedge;
pub(crate) use shell::{Hedger, Hedging};

#[cfg(test)]
mod tests;
