//! The system as a whole: looking at it, and the phases of its shutdown.

mod hooks;
mod inspect;
#[cfg(feature = "tower")]
mod service;
