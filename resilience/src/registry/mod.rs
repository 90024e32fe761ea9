//! Pipelines by name: [`Registry`], and the configuration files that it follows.
//!
#![doc = include_str!("../../docs/registry.md")]

#[cfg(feature = "config")]
pub mod config;
mod error;
#[expect(clippy::module_inception, reason = "the main type of the folder")]
mod registry;

pub use error::RegistryError;
pub use registry::Registry;

#[cfg(test)]
mod tests;
