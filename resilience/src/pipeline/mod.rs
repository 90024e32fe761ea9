//! Pipelines: several policies around any call, as one value.

#![doc = include_str!("../../docs/pipeline.md")]

mod builder;
mod call;
mod check;
mod classify;
mod course;
#[expect(clippy::module_inception, reason = "the main type of the folder")]
mod pipeline;
mod policy;
mod rejected;

pub use builder::PipelineBuilder;
pub use call::Call;
pub use check::PipelineError;
pub use classify::{Classify, Unclassified};
pub use pipeline::{Pipeline, With};
pub use rejected::{CallError, Reason, Rejected};

#[cfg(test)]
mod tests;
