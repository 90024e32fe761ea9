//! The system as a whole: looking at it, and the phases of its shutdown.

mod hooks;
mod inspect;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "tower")]
mod service;
mod traces;
