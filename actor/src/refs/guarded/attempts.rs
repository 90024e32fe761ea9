//! [`Asks`] and [`Tells`]: the attempts of a guarded call, and what their ends mean to policies.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use greenroom_resilience::pipeline::{Classify, MakeAttempt};
use greenroom_resilience::{Criticality, Outcome, Verdict};

use super::message::MakeMessage;
use super::reference::Guarded;
use crate::refs::DEFAULT_TIMEOUT;
use crate::refs::ask::{Ask, Outside};
use crate::refs::error::{AskError, SendError};
use crate::refs::reply::Reply;
use crate::refs::tell::Tell;

/// The attempts of a guarded ask.
///
/// A message that was refused before it was queued is sent again as it is. One that is gone, with
/// the mailbox it was in or with a handler that had begun, is made again where that is possible.
pub(super) struct Asks<'a, M: 'static, R: Send + 'static, F> {
    guarded: &'a Guarded<M>,
    make: F,
    pub(super) timeout: Duration,
    pub(super) criticality: Criticality,
    pub(super) outside: Outside,
    /// One that was never queued.
    unsent: Option<Ask<'a, M, R>>,
    is_first: bool,
    /// Whether nobody is left to be asked.
    stopped: bool,
}

impl<'a, M: Send + 'static, R: Send + 'static, F: MakeMessage<M, R>> Asks<'a, M, R, F> {
    pub(super) fn new(guarded: &'a Guarded<M>, make: F) -> Self {
        Self {
            guarded,
            make,
            timeout: DEFAULT_TIMEOUT,
            criticality: Criticality::default(),
            outside: Outside(None),
            unsent: None,
            is_first: true,
            stopped: false,
        }
    }

    /// The message, if it was never queued.
    pub(super) fn take_message(&mut self) -> Option<M> {
        if self.is_first {
            return self.make.make(Reply::to_nobody());
        }
        self.unsent.take()?.take_back()
    }
}

/// An ask as an attempt.
pub(super) struct AskAttempt<'a, M: 'static, R: Send + 'static>(Option<Ask<'a, M, R>>, bool);

impl<'a, M: Send + 'static, R: Send + 'static, F> MakeAttempt<R, AskError> for Asks<'a, M, R, F>
where
    F: MakeMessage<M, R>,
{
    type Future = AskAttempt<'a, M, R>;

    fn make(&mut self, _number: u32, _more: impl FnOnce() -> bool) -> Self::Future {
        self.is_first = false;
        let way = self.guarded.way();
        let ask = match self.unsent.take() {
            Some(unsent) => unsent.again(way),
            None => Ask::new(way, |reply| {
                let message = self.make.make(reply);
                message.expect("it says when it has none left")
            }),
        };
        let ask = ask.timeout(self.timeout).criticality(self.criticality);
        AskAttempt(Some(ask.within(self.outside)), false)
    }

    fn take_back(&mut self, attempt: Pin<&mut Self::Future>) -> bool {
        let AskAttempt(ask, stopped) = attempt.get_mut();
        let Some(mut ask) = ask.take() else {
            return true;
        };
        self.stopped = *stopped && !self.guarded.is_pool();
        let outcome = ask.give_up();
        if ask.is_unsent() {
            self.unsent = Some(ask);
        }
        outcome != Outcome::Refused
    }

    fn has_more(&self) -> bool {
        !self.stopped && (self.unsent.is_some() || self.make.has_more())
    }
}

impl<M: Send + 'static, R: Send + 'static> Future for AskAttempt<'_, M, R> {
    type Output = Result<R, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self(ask, stopped) = &mut *self;
        let ask = ask.as_mut().expect("polled again after it was over");
        let result = ready!(Pin::new(ask).poll(cx));
        *stopped = matches!(result, Err(AskError::Stopped));
        Poll::Ready(result)
    }
}

/// The attempts of a guarded tell. Its message comes back whenever it was not queued.
pub(super) struct Tells<'a, M: 'static> {
    guarded: &'a Guarded<M>,
    message: Option<M>,
    pub(super) timeout: Duration,
    pub(super) deadline: Option<Duration>,
    pub(super) criticality: Criticality,
    /// Whether it waits for room.
    patient: bool,
    /// How the last one ended.
    pub(super) last: Option<SendError<()>>,
}

impl<'a, M: Send + 'static> Tells<'a, M> {
    pub(super) fn new(guarded: &'a Guarded<M>, message: M) -> Self {
        Self {
            guarded,
            message: Some(message),
            timeout: DEFAULT_TIMEOUT,
            deadline: None,
            criticality: Criticality::default(),
            patient: true,
            last: None,
        }
    }

    /// Takes the room there is, or gives up.
    pub(super) fn impatient(mut self) -> Self {
        self.patient = false;
        self
    }

    pub(super) fn take_message(&mut self) -> Option<M> {
        self.message.take()
    }
}

/// A tell as an attempt, with its message once that has come back.
pub(super) struct TellAttempt<'a, M> {
    tell: Tell<'a, M>,
    patient: bool,
    error: Option<SendError<()>>,
    message: Option<M>,
}

impl<'a, M: Send + 'static> MakeAttempt<(), SendError<()>> for Tells<'a, M> {
    type Future = TellAttempt<'a, M>;

    fn make(&mut self, _number: u32, _more: impl FnOnce() -> bool) -> Self::Future {
        let message = self.message.take().expect("it says when it has none left");
        let mut tell = Tell::new(self.guarded.way(), message);
        if self.timeout != DEFAULT_TIMEOUT {
            tell = tell.timeout(self.timeout);
        }
        if self.criticality != Criticality::default() {
            tell = tell.criticality(self.criticality);
        }
        if let Some(within) = self.deadline {
            tell = tell.deadline(within);
        }
        TellAttempt {
            tell,
            patient: self.patient,
            error: None,
            message: None,
        }
    }

    fn take_back(&mut self, attempt: Pin<&mut Self::Future>) -> bool {
        let attempt = attempt.get_mut();
        self.last = attempt.error.take();
        self.message = attempt.message.take().or_else(|| attempt.tell.take_back());
        self.message.is_none()
    }

    fn has_more(&self) -> bool {
        let stopped = matches!(self.last, Some(SendError::Stopped(())));
        self.message.is_some() && (!stopped || self.guarded.is_pool())
    }
}

// The message is never pinned.
impl<M> Unpin for TellAttempt<'_, M> {}

impl<M: Send + 'static> Future for TellAttempt<'_, M> {
    type Output = Result<(), SendError<()>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let result = match this.patient {
            true => ready!(Pin::new(&mut this.tell).poll(cx)),
            false => this.tell.try_now(),
        };
        Poll::Ready(result.map_err(|error| {
            let (error, message) = error.split();
            this.message = message;
            this.error = Some(error.clone());
            error
        }))
    }
}

/// Says what an answer means to the policies around a guarded ask: a closure, or nobody, to whom
/// any answer is a success.
///
/// Errors are not its to judge: an [`AskError`] says itself what is known.
pub trait ClassifyAnswer<R> {
    /// The verdict on an answer.
    fn verdict(&self, answer: &R) -> Verdict;
}

/// Any answer is a success.
#[derive(Debug, Clone, Copy)]
pub struct AnyAnswer;

impl<R> ClassifyAnswer<R> for AnyAnswer {
    fn verdict(&self, _answer: &R) -> Verdict {
        Verdict::Success
    }
}

impl<R, F: Fn(&R) -> Verdict> ClassifyAnswer<R> for F {
    fn verdict(&self, answer: &R) -> Verdict {
        self(answer)
    }
}

/// What the ends of attempts mean: what was refused may be repeated, what is unknown may not,
/// unless that does no harm; the caller's own mistakes say nothing about the actor.
#[derive(Debug)]
pub(super) struct ByOutcome<C>(pub(super) C);

impl<R, C: ClassifyAnswer<R>> Classify<R, AskError> for ByOutcome<C> {
    fn verdict(&self, result: &Result<R, AskError>) -> Verdict {
        match result {
            Ok(answer) => self.0.verdict(answer),
            Err(AskError::SelfFull | AskError::Policy | AskError::ZeroTimeout) => Verdict::Ignored,
            Err(error) => verdict(error.outcome()),
        }
    }
}

impl Classify<(), SendError<()>> for ByOutcome<AnyAnswer> {
    fn verdict(&self, result: &Result<(), SendError<()>>) -> Verdict {
        match result {
            Ok(()) => Verdict::Success,
            Err(
                SendError::SelfFull(())
                | SendError::Policy(())
                | SendError::ZeroTimeout(())
                | SendError::Lost,
            ) => Verdict::Ignored,
            Err(error) => verdict(error.outcome()),
        }
    }
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Done => Verdict::Success,
        Outcome::Refused => Verdict::Refused,
        Outcome::Unknown => Verdict::Unknown,
    }
}
