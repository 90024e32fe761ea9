//! The future of `ask`: room, then the answer, inside one time-out.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use greenroom_resilience::deadline::Deadline;
use greenroom_resilience::{Criticality, Outcome};
use tokio::time::Instant;

use super::DEFAULT_TIMEOUT;
use super::current::{self, Waiting};
use super::deliver::{Undelivered, Way};
use super::error::AskError;
use super::reply::Reply;
use super::slot::Slot;
use crate::mailbox::{Envelope, Refusal, Refused, Ticket};
use crate::time::{AlarmKey, later};

/// A question on its way, and its answer; see [`ActorRef::ask`](crate::ActorRef::ask).
///
/// Its errors are [`AskError`]s.
///
/// # Panics
///
/// When it is polled again after it was ready.
///
/// # Cancel safety
///
/// Dropped before a handler has begun with the message, none will; dropped later, the answer is
/// lost.
#[must_use = "an ask does nothing unless awaited"]
pub struct Ask<'a, M, R: Send + 'static> {
    port: Way<'a, M>,
    /// Until the answer is there.
    slot: Option<Arc<Slot<R>>>,
    stage: Stage<M>,
    timeout: Duration,
    /// What a pipeline around it found, which keeps its own time-outs itself; `None` without one.
    outside: Option<Outside>,
    /// Whether it was polled without an answer, so that the alarm is set at the next poll.
    yielded: bool,
    alarm: Option<AlarmKey>,
    waiting: Option<Waiting>,
}

enum Stage<M> {
    /// Not polled yet.
    Unsent(M),
    /// In line for a place.
    InLine(M, Ticket),
    /// Queued; the answer is what is waited for.
    Sent,
    /// Refused, and never queued.
    Kept(M),
    Ended,
}

/// The deadline around the pipeline that an ask is an attempt of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outside(pub(super) Option<Deadline>);

impl<'a, M: Send + 'static, R: Send + 'static> Ask<'a, M, R> {
    pub(crate) fn new(port: Way<'a, M>, make: impl FnOnce(Reply<R>) -> M) -> Self {
        let slot = Arc::new(Slot::new());
        let message = make(Reply::new(Arc::clone(&slot)));
        let (stage, timeout) = (Stage::Unsent(message), DEFAULT_TIMEOUT);
        Self {
            port,
            slot: Some(slot),
            stage,
            timeout,
            outside: None,
            yielded: false,
            alarm: None,
            waiting: None,
        }
    }

    /// Sets how long to wait for room and answer together; 5 s unless set, as for a tell. The
    /// task's deadline counts if it is sooner. Zero is [`AskError::ZeroTimeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how much it matters that the message is handled, for a mailbox that
    /// [sheds](crate::MailboxSettings::shed); critical unless set.
    pub fn criticality(self, criticality: Criticality) -> Self {
        if let Some(slot) = &self.slot {
            slot.classify(criticality);
        }
        self
    }

    /// As attempt of a pipeline, whose time-outs end it from outside.
    pub(super) fn within(mut self, outside: Outside) -> Self {
        self.outside = Some(outside);
        self
    }

    /// Makes one that was never queued as good as new, to go by this way.
    pub(super) fn again(mut self, port: Way<'a, M>) -> Self {
        if let Some(message) = self.take_back() {
            // The alarm may have rung while it was in line.
            if let Some(slot) = &self.slot {
                slot.reopen();
            }
            (self.port, self.stage) = (port, Stage::Unsent(message));
            (self.yielded, self.waiting) = (false, None);
        }
        self
    }

    /// Gives up what has not ended, and says what is known of the message.
    pub(super) fn give_up(&mut self) -> Outcome {
        self.disarm();
        self.leave_line();
        match (&self.stage, &self.slot) {
            (Stage::Unsent(_) | Stage::Kept(_), _) => Outcome::Refused,
            (Stage::Sent, Some(slot)) => {
                let outcome = slot.forsake();
                self.stage = Stage::Ended;
                outcome
            }
            _ => Outcome::Unknown,
        }
    }

    /// Whether the message is still here, as it was never queued.
    pub(super) fn is_unsent(&self) -> bool {
        matches!(self.stage, Stage::Unsent(_) | Stage::Kept(_))
    }

    /// The message, if it was never queued.
    pub(super) fn take_back(&mut self) -> Option<M> {
        self.disarm();
        self.leave_line();
        match self.take_stage() {
            Stage::Unsent(message) | Stage::Kept(message) => Some(message),
            Stage::InLine(..) | Stage::Sent | Stage::Ended => None,
        }
    }

    fn send(&mut self, message: M) -> Result<(), AskError> {
        if self.timeout.is_zero() {
            return Err(self.keep(message, AskError::ZeroTimeout));
        }
        // Nobody would wait for the answer: it must not be handled.
        let current = Deadline::current();
        if current.is_some_and(Deadline::is_expired) {
            return Err(self.keep(message, AskError::Expired));
        }
        self.port.settle(&message);
        // Else 5 s: whoever needs that looks at the clock, which costs as much as a message.
        if current.is_some() || self.timeout != DEFAULT_TIMEOUT {
            self.set_due(current);
        }
        match self.port.push(self.envelope(message)) {
            Ok(()) => {
                self.stage = Stage::Sent;
                Ok(())
            }
            Err(Undelivered::Refused(Refused {
                envelope,
                why: Refusal::Full { may_wait: true },
            })) => {
                if current::is(&**self.port) {
                    return Err(self.keep(envelope.message, AskError::SelfFull));
                }
                self.stage = Stage::InLine(envelope.message, Ticket::Idle);
                Ok(())
            }
            Err(other) => Err(self.not_pushed(other)),
        }
    }

    #[cold]
    fn not_pushed(&mut self, why: Undelivered<M>) -> AskError {
        match why {
            Undelivered::Refused(Refused { envelope, why }) => {
                self.keep(envelope.message, why.into())
            }
            Undelivered::Lost(why) => why.into(),
        }
    }

    fn keep(&mut self, message: M, error: AskError) -> AskError {
        self.stage = Stage::Kept(message);
        error
    }

    #[cold]
    fn poll_in_line(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AskError>> {
        if let Stage::InLine(_, ticket) = &mut self.stage {
            ready!(self.port.poll_reserve(ticket, cx))?;
        }
        if let Stage::InLine(message, mut ticket) = self.take_stage() {
            let pushed = self.port.push_reserved(&mut ticket, self.envelope(message));
            pushed.map_err(|why| self.not_pushed(why))?;
            self.stage = Stage::Sent;
        }
        Poll::Ready(Ok(()))
    }

    fn envelope(&self, message: M) -> Envelope<M> {
        Envelope {
            message,
            attachment: self.slot.clone().map(|slot| slot as _),
        }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<R, AskError>> {
        let slot = self.slot.take().expect("polled again after it was ready");
        let slot = match self.yielded {
            false => slot,
            // Once nobody else has it, there is an answer, and no lock to take.
            true => match Arc::try_unwrap(slot) {
                Ok(slot) => return Poll::Ready(slot.into_answer()),
                Err(slot) => slot,
            },
        };
        let first = (!self.yielded).then(|| cx.waker().clone());
        let answer = slot.poll(cx, first);
        self.slot = Some(slot);
        answer
    }

    /// Sets the alarm of the first of time-out and the task's deadline, once.
    ///
    /// Not before the scheduler has been round once: most answers are there by then, and the alarm
    /// would cost as much as all the rest.
    fn arm(&mut self) {
        if self.alarm.is_none()
            && let Some(slot) = &self.slot
        {
            let environment = self.port.environment();
            let at = match self.outside {
                None => {
                    let due = slot.due.at(environment);
                    due.unwrap_or_else(|| self.set_due(Deadline::current()))
                }
                Some(Outside(deadline)) => self.first_of(deadline),
            };
            self.alarm = Some(environment.alarms.set(at, Arc::clone(slot) as _));
        }
        if self.waiting.is_none() {
            let port = &*self.port;
            self.waiting = Waiting::begin(|| Arc::clone(port) as _);
        }
    }

    fn set_due(&self, deadline: Option<Deadline>) -> Instant {
        let at = self.first_of(deadline);
        if let Some(slot) = &self.slot {
            slot.due.set(at, self.port.environment());
        }
        at
    }

    /// The end of its time-out, or of the deadline if that is sooner.
    fn first_of(&self, deadline: Option<Deadline>) -> Instant {
        let latest = later(self.timeout);
        deadline.map_or(latest, |deadline| latest.min(deadline.instant()))
    }

    fn end(&mut self, result: Result<R, AskError>) -> Poll<Result<R, AskError>> {
        // What was refused stays, for whoever would have it back.
        match self.stage {
            Stage::Sent => self.stage = Stage::Ended,
            _ => self.leave_line(),
        }
        Poll::Ready(result)
    }
}

// Neither message nor answer is ever pinned.
impl<M, R: Send + 'static> Unpin for Ask<'_, M, R> {}

impl<M: Send + 'static, R: Send + 'static> Future for Ask<'_, M, R> {
    type Output = Result<R, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if matches!(this.stage, Stage::Unsent(_))
            && let Stage::Unsent(message) = this.take_stage()
            && let Err(error) = this.send(message)
        {
            return this.end(Err(error));
        }
        if matches!(this.stage, Stage::InLine(..))
            && let Poll::Ready(Err(error)) = this.poll_in_line(cx)
        {
            return this.end(Err(error));
        }
        assert!(
            matches!(this.stage, Stage::Sent | Stage::InLine(..)),
            "polled again after it was ready"
        );
        match this.poll_answer(cx) {
            Poll::Ready(Err(AskError::Expired)) if matches!(this.stage, Stage::InLine(..)) => {
                this.end_in_line()
            }
            Poll::Ready(result) => this.end(result),
            Poll::Pending => {
                if this.yielded || pin!(tokio::task::yield_now()).poll(cx).is_ready() {
                    this.arm();
                }
                this.yielded = true;
                Poll::Pending
            }
        }
    }
}

impl<M, R: Send + 'static> Ask<'_, M, R> {
    /// The time-out passed before there was room.
    fn end_in_line(&mut self) -> Poll<Result<R, AskError>> {
        self.leave_line();
        Poll::Ready(Err(AskError::Full))
    }

    fn take_stage(&mut self) -> Stage<M> {
        std::mem::replace(&mut self.stage, Stage::Ended)
    }

    fn leave_line(&mut self) {
        if matches!(self.stage, Stage::InLine(..))
            && let Stage::InLine(message, mut ticket) = self.take_stage()
        {
            self.port.release(&mut ticket);
            self.stage = Stage::Kept(message);
        }
    }

    fn disarm(&mut self) {
        if let Some(key) = self.alarm.take() {
            self.port.environment().alarms.cancel(key);
        }
    }
}

impl<M, R: Send + 'static> Drop for Ask<'_, M, R> {
    fn drop(&mut self) {
        self.disarm();
        if matches!(self.stage, Stage::Sent)
            && let Some(slot) = &self.slot
        {
            slot.forsake();
        }
        self.leave_line();
    }
}

impl<M, R: Send + 'static> fmt::Debug for Ask<'_, M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask")
            .field("target", &self.port.path())
            .finish_non_exhaustive()
    }
}
