//! Supervision as a pure function: what to do about a failure, given what happened before.
//!
//! Nothing here knows of tasks, mailboxes or clocks; the runtime carries the decisions out.

mod decide;
mod history;
mod strategy;

pub(crate) use decide::decide_where;
pub use decide::{Directive, decide};
pub use greenroom_resilience::backoff::{Backoff, Jitter};
pub use history::History;
pub use strategy::{ChildKind, OnFailure, Scope, Strategy};
