//! What a sender is told when a message could not be delivered or was not answered.

use std::fmt;

use greenroom_resilience::Outcome;
use thiserror::Error;

use super::deliver::Undelivered;
use crate::failure::Failure;
use crate::mailbox::{Refusal, Refused};

/// A `tell` that did not queue its message.
///
/// Every variant is *refused*: the message was not handled and will not be, so it may be sent
/// again. All but [`Lost`](Self::Lost) give it back.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError<M> {
    /// The mailbox stayed full for the whole time-out. Slow down, or send elsewhere.
    Timeout(M),
    /// The mailbox is full, and its policy is to refuse rather than to let senders wait.
    Full(M),
    /// An actor filled its own mailbox from within its handler; waiting could never end. Give the
    /// mailbox more room, or send from a task (`ctx.spawn_task`).
    SelfFull(M),
    /// The actor has stopped, or is about to. Look it up again, or give up.
    Stopped(M),
    /// A closure of the mailbox's policy panicked over the message.
    Policy(M),
    /// A time-out of zero can't be kept; use `try_tell` to not wait at all.
    ZeroTimeout(M),
    /// The message was used up on the way (its adapter panicked, or the actor stopped after the
    /// conversion) and never queued. It is counted among the dead letters.
    Lost,
}

impl<M> SendError<M> {
    /// The message, where it still exists.
    pub fn into_message(self) -> Option<M> {
        match self {
            Self::Timeout(message)
            | Self::Full(message)
            | Self::SelfFull(message)
            | Self::Stopped(message)
            | Self::Policy(message)
            | Self::ZeroTimeout(message) => Some(message),
            Self::Lost => None,
        }
    }

    /// What is known of the message: always [`Outcome::Refused`].
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        Outcome::Refused
    }

    /// The same error without the message, for `?` where the message type is not `Sync`.
    #[must_use]
    pub fn without_message(self) -> SendError<()> {
        self.split().0
    }

    /// Why a message was refused, with the message.
    pub(super) fn refused(message: M, why: Refusal) -> Self {
        match why {
            Refusal::Stopped => Self::Stopped(message),
            Refusal::Policy => Self::Policy(message),
            Refusal::Full { .. }
            | Refusal::Overflow
            | Refusal::Hasty
            | Refusal::Displaced
            | Refusal::Shed
            | Refusal::Expired => Self::Full(message),
        }
    }

    /// The error and its message apart.
    pub(super) fn split(self) -> (SendError<()>, Option<M>) {
        match self {
            Self::Timeout(m) => (SendError::Timeout(()), Some(m)),
            Self::Full(m) => (SendError::Full(()), Some(m)),
            Self::SelfFull(m) => (SendError::SelfFull(()), Some(m)),
            Self::Stopped(m) => (SendError::Stopped(()), Some(m)),
            Self::Policy(m) => (SendError::Policy(()), Some(m)),
            Self::ZeroTimeout(m) => (SendError::ZeroTimeout(()), Some(m)),
            Self::Lost => (SendError::Lost, None),
        }
    }

    fn text(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "the mailbox stayed full until the time-out",
            Self::Full(_) => "the mailbox is full",
            Self::SelfFull(_) => "the actor has filled its own mailbox",
            Self::Stopped(_) => "the actor has stopped",
            Self::Policy(_) => "a closure of the mailbox's policy panicked",
            Self::ZeroTimeout(_) => "a time-out of zero; use try_tell to not wait",
            Self::Lost => "the message was lost while it was converted",
        }
    }
}

/// A `try_tell` that did not queue its message; always *refused*.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrySendError<M> {
    /// There is no room. `tell` waits for it.
    Full(M),
    /// The actor has stopped, or is about to.
    Stopped(M),
    /// A closure of the mailbox's policy panicked over the message.
    Policy(M),
    /// The message was used up on the way and never queued.
    Lost,
}

impl<M> TrySendError<M> {
    /// The message, where it still exists.
    pub fn into_message(self) -> Option<M> {
        match self {
            Self::Full(message) | Self::Stopped(message) | Self::Policy(message) => Some(message),
            Self::Lost => None,
        }
    }

    /// What is known of the message: always [`Outcome::Refused`].
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        Outcome::Refused
    }

    fn text(&self) -> &'static str {
        match self {
            Self::Full(_) => "the mailbox is full",
            Self::Stopped(_) => "the actor has stopped",
            Self::Policy(_) => "a closure of the mailbox's policy panicked",
            Self::Lost => "the message was lost while it was converted",
        }
    }
}

impl<M> From<Undelivered<M>> for SendError<M> {
    fn from(undelivered: Undelivered<M>) -> Self {
        match undelivered {
            Undelivered::Lost(_) => Self::Lost,
            Undelivered::Refused(Refused { envelope, why }) => Self::refused(envelope.message, why),
        }
    }
}

impl<M> From<Undelivered<M>> for TrySendError<M> {
    fn from(undelivered: Undelivered<M>) -> Self {
        match SendError::from(undelivered) {
            SendError::Stopped(message) => Self::Stopped(message),
            SendError::Policy(message) => Self::Policy(message),
            SendError::Lost => Self::Lost,
            SendError::Full(message)
            | SendError::SelfFull(message)
            | SendError::Timeout(message)
            | SendError::ZeroTimeout(message) => Self::Full(message),
        }
    }
}

/// The message is left out, so that no `M: Debug` is needed.
macro_rules! show_text {
    ($name:ident) => {
        impl<M> fmt::Display for $name<M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text())
            }
        }

        impl<M> fmt::Debug for $name<M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.text())
            }
        }

        impl<M> std::error::Error for $name<M> {}
    };
}

show_text!(SendError);
show_text!(TrySendError);

/// An `ask` without an answer. [`outcome`](Self::outcome) says whether it may have been handled.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum AskError {
    /// Refused: there was no room in the mailbox in time.
    #[error("the mailbox stayed full")]
    Full,
    /// Refused: an actor asked through its own full mailbox, from within its handler.
    #[error("the actor has filled its own mailbox")]
    SelfFull,
    /// Refused: the actor has stopped, or did before it came to the message.
    #[error("the actor has stopped")]
    Stopped,
    /// Refused: a newer message took its place in the mailbox.
    #[error("a newer message took its place")]
    Displaced,
    /// Refused: it waited too long in a mailbox that is overloaded and
    /// [sheds](crate::MailboxSettings::shed). Ask less often, or not at once again.
    #[error("it was shed by an overloaded mailbox")]
    Shed,
    /// Refused: its time, or the task's deadline, was up before a handler began with it, and none
    /// will.
    #[error("its time was up before a handler began with it")]
    Expired,
    /// Refused: a closure of the mailbox's policy, or the adapter, panicked over it.
    #[error("a closure of the mailbox's policy or the adapter panicked")]
    Policy,
    /// Refused: a time-out of zero can't be kept.
    #[error("a time-out of zero")]
    ZeroTimeout,
    /// Unknown: its handler had begun when the time was up.
    #[error("no answer until the time-out, though its handler had begun")]
    Timeout,
    /// Unknown: the reply was dropped without an answer.
    #[error("the reply was dropped without an answer")]
    NoReply,
    /// Unknown: its handler failed over it.
    #[error("its handler failed: {0}")]
    Failed(Failure),
    /// Unknown: its handler was dropped, as its actor was killed or restarted for a sibling.
    #[error("its handler was dropped")]
    Killed,
}

impl AskError {
    /// What is known of the message.
    ///
    /// *Refused* was certainly not handled and may be asked again; *unknown* may have been, and may
    /// only be asked again if that does no harm.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Full
            | Self::SelfFull
            | Self::Stopped
            | Self::Displaced
            | Self::Shed
            | Self::Expired
            | Self::Policy
            | Self::ZeroTimeout => Outcome::Refused,
            Self::Timeout | Self::NoReply | Self::Failed(_) | Self::Killed => Outcome::Unknown,
        }
    }
}

impl From<Refusal> for AskError {
    fn from(why: Refusal) -> Self {
        match why {
            Refusal::Full { .. } | Refusal::Overflow | Refusal::Hasty => Self::Full,
            Refusal::Stopped => Self::Stopped,
            Refusal::Displaced => Self::Displaced,
            Refusal::Expired => Self::Expired,
            Refusal::Shed => Self::Shed,
            Refusal::Policy => Self::Policy,
        }
    }
}

impl<M> From<Undelivered<M>> for AskError {
    fn from(undelivered: Undelivered<M>) -> Self {
        match undelivered {
            Undelivered::Lost(why) | Undelivered::Refused(Refused { why, .. }) => why.into(),
        }
    }
}
