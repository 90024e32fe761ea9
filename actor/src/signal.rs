//! What an actor is told besides messages: how others ended, and why it ends itself.

use std::fmt;

use crate::failure::Failure;
use crate::id::{ActorId, ActorPath};

/// Why an actor ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StopReason {
    /// It was asked to, and handled what was queued before.
    ///
    /// It is also what `stopped` is told of an instance that ends for a sibling's sake, and how an
    /// actor ends that is asked to between the two instances of such a restart; what is queued then
    /// becomes dead letters.
    Stopped,
    /// It ended itself, and handled what was queued before (unless it had to end for a sibling).
    Finished,
    /// It was killed: what it was doing was dropped.
    Killed,
    /// It failed and was not started again: its supervisor decided so, or it was on its way to its
    /// end, or it was asked to end while it waited for its next instance. What was queued became
    /// dead letters. Or, of a
    /// system, a failure escalated to its root.
    Failed(Failure),
    /// It could not be ended: its handler does not yield, so it was given up on.
    Abandoned,
}

impl StopReason {
    /// The failure that ended the actor, if one did.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Stopped | Self::Finished | Self::Killed | Self::Abandoned => None,
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::Finished => f.write_str("finished"),
            Self::Killed => f.write_str("killed"),
            Self::Failed(failure) => write!(f, "failed: {failure}"),
            Self::Abandoned => f.write_str("abandoned: its handler does not yield"),
        }
    }
}

/// A watched actor has ended.
///
/// It comes exactly once for each watch, and after every message that the actor had put into the
/// watcher's mailbox.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Terminated {
    /// The identity of the actor that ended.
    pub id: ActorId,
    /// Where it stood in the tree.
    pub path: ActorPath,
    /// Why it ended.
    pub reason: StopReason,
}

/// What [`Actor::signal`] is told, between two messages.
///
/// [`Actor::signal`]: crate::Actor::signal
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Signal {
    /// An actor watched with [`Context::watch`](crate::Context::watch) has ended.
    Terminated(Terminated),
    /// A child failed and is started again, `times` times since the last such signal. Told when
    /// that is decided, so its backoff may not be over.
    ChildRestarted {
        /// The child.
        path: ActorPath,
        /// Its last failure.
        failure: Failure,
        /// How often since it was last told.
        times: u32,
    },
    /// A child has ended and will not come back. It may overtake messages that the child had sent
    /// before: watch the child where the order matters.
    ChildStopped {
        /// The child.
        path: ActorPath,
        /// Why it ended.
        reason: StopReason,
    },
}
