//! Supervision: what follows after a child has failed, and in which order.

mod backoff;
mod directives;
mod errors;
mod escalation;
mod groups;
mod kinds;
mod order;
mod signals;
#[path = "../stage/mod.rs"]
mod stage;
mod unlocked;
