//! One dead letter: which message it was, whose it was, and why it was not handled.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::failure::Failure;
use crate::id::ActorPath;
use crate::sync::Mutex;

/// Why a message was not handled (or not to its end).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// It was queued when its actor ended.
    Stopped,
    /// Its handler failed over it.
    Failed(Failure),
    /// Its handler was dropped: the actor was killed, or restarted for a sibling.
    Killed,
    /// Its deadline passed, or its asker gave up, before a handler began.
    Expired,
    /// The mailbox was full and drops what is new.
    Overflow,
    /// The mailbox was full and drops what is old, or a newer message of its key took its place.
    Displaced,
    /// It was the result of a task or stream of an earlier instance.
    Stale,
    /// Neither delivered nor given back: what was to convert it panicked, or its actor stopped
    /// when the conversion had already consumed it.
    Lost,
    /// A topic's subscriber had no room for it.
    Unsubscribed,
    /// It waited too long in a mailbox that [sheds](crate::MailboxSettings::shed).
    Shed,
}

impl DeadLetterReason {
    pub(super) const KINDS: usize = 10;

    pub(super) fn kind(&self) -> usize {
        match self {
            Self::Stopped => 0,
            Self::Failed(_) => 1,
            Self::Killed => 2,
            Self::Expired => 3,
            Self::Overflow => 4,
            Self::Displaced => 5,
            Self::Stale => 6,
            Self::Lost => 7,
            Self::Unsubscribed => 8,
            Self::Shed => 9,
        }
    }
}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("its actor has stopped"),
            Self::Failed(failure) => write!(f, "its handler failed: {failure}"),
            Self::Killed => f.write_str("its handler was dropped"),
            Self::Expired => f.write_str("it waited too long"),
            Self::Overflow => f.write_str("the mailbox was full"),
            Self::Displaced => f.write_str("a newer message took its place"),
            Self::Stale => f.write_str("it came from an earlier instance"),
            Self::Lost => f.write_str("it was lost while it was converted"),
            Self::Unsubscribed => f.write_str("the subscriber had no room"),
            Self::Shed => f.write_str("the mailbox was overloaded"),
        }
    }
}

/// A message that was not handled; [`System::dead_letters`](crate::System::dead_letters) gives a
/// stream of them.
#[derive(Clone)]
pub struct DeadLetter {
    /// Whose message it was.
    pub target: ActorPath,
    /// The type of the message.
    pub message_type: &'static str,
    /// What [`Actor::describe`](crate::Actor::describe) says of it; the type of the message where
    /// it was out of reach.
    pub variant: &'static str,
    /// Why it was not handled.
    pub reason: DeadLetterReason,
    pub(super) message: Arc<Mutex<Option<Box<dyn Any + Send>>>>,
}

impl DeadLetter {
    /// Takes the message itself, where it still exists and is of type `M`. The first taker gets it;
    /// a message whose handler failed is gone, and one that is with the task of an
    /// [abandoned](crate::StopReason::Abandoned) actor is out of reach.
    #[must_use]
    pub fn take_message<M: 'static>(&self) -> Option<M> {
        let mut slot = self.message.lock();
        match slot.take()?.downcast() {
            Ok(message) => Some(*message),
            Err(other) => {
                *slot = Some(other);
                None
            }
        }
    }
}

impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("target", &self.target)
            .field("message_type", &self.message_type)
            .field("variant", &self.variant)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
