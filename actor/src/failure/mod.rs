//! Why an actor failed, and how a panic of the user's code becomes such a failure.

#[expect(clippy::module_inception, reason = "the folder's one type")]
mod failure;
pub mod panic;

pub use failure::{ActorResult, Failure};
pub(crate) use panic::{caught, quietly};
