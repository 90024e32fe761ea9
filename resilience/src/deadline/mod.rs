//! The point in time after which nobody waits for an answer: [`Deadline`], and its scopes.
//!
//! A deadline travels with the work. Whoever accepts a request opens a scope for it with
//! [`Deadline::scope`]; whatever runs inside reads [`Deadline::current`] and need not start, or
//! need not wait longer, once it has passed. Nested scopes can only bring it closer, so a caller's
//! patience bounds everything done on its behalf.
//!
//! What must not die with the caller runs without a deadline: wrap it in [`none`]. Compensations
//! are of that kind. A spawned task has none to begin with, as it is polled outside every scope.
//!
//! A deadline cancels nothing by itself. It tells, and those who wait act upon it, for instance
//! with [`tokio::time::timeout_at`] and [`Deadline::instant`].

mod point;
mod scope;

pub use point::Deadline;
pub(crate) use point::FAR;
pub use scope::{Scoped, none};

#[cfg(test)]
mod tests;
