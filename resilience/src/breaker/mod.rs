//! Circuit breaker: stops calling a service that fails, and finds out whether it works again.

#![doc = include_str!("../../docs/breaker.md")]

mod check;
mod machine;
mod settings;
mod shell;
mod state;
mod trial;
mod window;

pub use check::BreakerError;
pub use machine::{Ended, Machine, Permit, Rejection};
pub use settings::{Breaker, HalfOpen, OnCancel};
pub use shell::{Admitted, CircuitBreaker};
pub use state::{BreakerState, Change, Control};
pub use window::{Counts, Window};

#[cfg(all(test, greenroom_loom))]
mod loom_tests;
#[cfg(all(test, not(greenroom_loom)))]
mod tests;
