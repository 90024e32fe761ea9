//! References: the one type through which an actor is told, asked, watched and ended.

mod actor_ref;
mod adapter;
mod ask;
mod blocking;
pub(crate) mod current;
mod deliver;
mod due;
mod error;
mod guarded;
mod place;
mod reply;
#[cfg(feature = "tower")]
mod service;
mod sink;
mod slot;
mod target;
mod tell;

#[cfg(all(test, not(greenroom_loom)))]
mod tests;

pub use actor_ref::ActorRef;
pub(crate) use actor_ref::terminated;
pub(crate) use adapter::Adapter;
pub use ask::Ask;
#[cfg(feature = "testkit")]
pub(crate) use deliver::Detour;
pub(crate) use deliver::{Choose, Deliver, Nobody, Subject, Undelivered, Watcher, WatcherId, Way};
pub use error::{AskError, SendError, TrySendError};
pub use guarded::{
    ClassifyAnswer, Guarded, GuardedAsk, GuardedCause, GuardedError, GuardedTell, MakeMessage,
};
pub(crate) use place::Place;
pub use reply::Reply;
#[cfg(feature = "tower")]
pub use service::{ActorService, ServiceAsk};
pub use sink::ActorSink;
pub use target::Target;
pub use tell::Tell;

use std::time::Duration;

/// How long a tell waits for room and an ask for its answer, unless told otherwise: longer than any
/// healthy pause, short enough that a stuck peer is noticed before people are.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
