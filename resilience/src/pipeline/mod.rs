//! Pipelines: several policies around any call, as one value.

#![doc = include_str!("../../docs/pipeline.md")]

mod attempt;
mod builder;
mod call;
mod check;
mod classify;
mod course;
mod keyed;
mod lint;
mod live;
mod options;
#[expect(clippy::module_inception, reason = "the main type of the folder")]
mod pipeline;
mod policy;
mod race;
mod refusal;
mod rejected;
mod with;

pub use attempt::{Attempt, Informed, MakeAttempt};
pub use builder::PipelineBuilder;
pub use call::Call;
pub use check::PipelineError;
pub use classify::{Classify, RetryAfter, Unclassified};
pub use keyed::Keyed;
pub use lint::Lint;
pub use options::Options;
pub use pipeline::Pipeline;
pub use rejected::{CallError, Reason, Rejected};
pub use with::With;

#[cfg(test)]
mod tests;
