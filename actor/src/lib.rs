//! Typed actors with supervision, bounded mailboxes and location-transparent references.
//!
#![doc = include_str!("../docs/crate.md")]
#![forbid(unsafe_code)]

mod behavior;
mod dead_letters;
mod environment;
mod failure;
mod groups;
pub mod guide;
mod id;
mod inspect;
mod key;
mod mailbox;
mod pool;
mod refs;
mod runtime;
mod shutdown;
mod signal;
mod store;
pub mod supervision;
mod sync;
mod system;
#[cfg(feature = "testkit")]
pub mod testkit;
mod time;
mod tree;

pub use behavior::{
    Actor, AdapterError, Context, StashFull, StreamEvent, TimerError, TooManyTasks,
};
pub use dead_letters::{DeadLetter, DeadLetterCounts, DeadLetterReason, DeadLetters};
pub use failure::{ActorResult, Failure, panic};
#[doc = include_str!("../docs/macro.md")]
#[doc(inline)]
pub use greenroom_macros::actor;
#[doc(inline)]
pub use greenroom_macros::{message, signal, started, stopped, supervision};
pub use greenroom_resilience::Outcome;
pub use groups::{
    Listing, LookupError, Published, Receptionist, ServiceKey, SlowSubscriber, Topic, TopicError,
};
pub use id::{ActorId, ActorPath};
pub use inspect::{ActorInfo, Snapshot};
pub use key::Key;
pub use mailbox::{MailboxError, MailboxSettings, Overflow};
pub use pool::{Broadcast, Elastic, ElasticError, Pool, PoolError, Routing, SpawnPool};
pub use refs::{
    ActorRef, ActorSink, Ask, AskError, ClassifyAnswer, DEFAULT_TIMEOUT, Guarded, GuardedAsk,
    GuardedCause, GuardedError, GuardedTell, MakeMessage, Reply, SendError, Target, Tell,
    TrySendError,
};
#[cfg(feature = "tower")]
pub use refs::{ActorService, ServiceAsk};
pub use runtime::{Spawn, SpawnError};
pub use shutdown::{Phase, ShutdownError};
pub use signal::{Signal, StopReason, Terminated};
pub use system::{System, SystemBuilder};
pub use tree::ActorState;

/// What most programs need: `use greenroom::prelude::*;`
pub mod prelude {
    pub use crate::{
        Actor, ActorRef, ActorResult, AskError, Context, Failure, Overflow, Pool, Reply, Routing,
        SendError, Signal, SpawnError, StopReason, System, Target, Terminated, TrySendError,
    };
    pub use greenroom_macros::{actor, message, signal, started, stopped, supervision};
}

/// The README's example is compiled and run; what is packaged has neither README nor doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
