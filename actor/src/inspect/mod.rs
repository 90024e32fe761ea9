//! Looking at a running system: the live tree of actors, and metrics of it.

#[cfg(feature = "metrics")]
mod metrics;
mod pulse;
mod snapshot;

pub(crate) use pulse::{Pulse, Vitals};
pub use snapshot::{ActorInfo, ActorState, Snapshot};
