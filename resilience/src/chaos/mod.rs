//! Faults on purpose: [`Chaos`], built in with the feature `chaos`.
//!
#![doc = include_str!("../../docs/chaos.md")]

mod check;
mod machine;
mod settings;
mod shell;

pub use check::ChaosError;
pub use machine::Prank;
pub use settings::Chaos;
pub(crate) use shell::Trickster;

#[cfg(test)]
mod tests;
