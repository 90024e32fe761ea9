//! Looking at a running system: the live tree of actors, and metrics of it.

#[cfg(feature = "metrics")]
mod metrics;
mod snapshot;

pub use snapshot::{ActorInfo, Snapshot};
