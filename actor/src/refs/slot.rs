//! Where the answer to one ask arrives: one allocation, shared by asker, reply and mailbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Waker};

use greenroom_resilience::deadline::Deadline;
use greenroom_resilience::{Criticality, Outcome};

use super::DEFAULT_TIMEOUT;
use super::due::Due;
use super::error::AskError;
use crate::environment::Environment;
use crate::mailbox::{Attachment, Begin, Refusal, Verdict};
use crate::sync::Mutex;
use crate::time::{Alarm, later};

/// What an answer is handed to when the asker is not in this process.
pub(crate) type ReplyPort<R> = Box<dyn FnOnce(Result<R, AskError>) + Send>;

/// The meeting point of one ask.
///
/// Whether a time-out means *refused* or *unknown* is decided by one atomic step of `stage`: either
/// the handler begins first, or the wait ends first.
pub(crate) struct Slot<R> {
    stage: AtomicU8,
    pub(super) due: Due,
    /// A place among [`Criticality::ALL`]; set before the message is sent.
    class: AtomicU8,
    state: Mutex<State<R>>,
}

struct State<R> {
    phase: Phase<R>,
    asker: Option<Waker>,
    port: Option<ReplyPort<R>>,
}

enum Phase<R> {
    Waiting,
    /// The reply was dropped in a poll of its own handler; how that poll ends says what it means.
    Dropped,
    Done(Result<R, AskError>),
    /// The answer was taken, or the asker gave up.
    Taken,
}

/// How far the message came.
mod stage {
    pub(super) const QUEUED: u8 = 0;
    /// Its handler is being polled.
    pub(super) const BEGUN: u8 = 1;
    /// Its handler awaits or has ended; the reply lives on.
    pub(super) const RELEASED: u8 = 2;
    /// The wait has ended, one way or the other.
    pub(super) const CLOSED: u8 = 3;
}

/// What is to be done for the asker once the lock is free.
enum Notify<R> {
    Nobody,
    Asker(Option<Waker>),
    Port(ReplyPort<R>, Result<R, AskError>),
}

impl<R> Slot<R> {
    pub(crate) fn new() -> Self {
        Self::with_port(None)
    }

    pub(crate) fn with_port(port: Option<ReplyPort<R>>) -> Self {
        let state = State {
            phase: Phase::Waiting,
            asker: None,
            port,
        };
        Self {
            stage: AtomicU8::new(stage::QUEUED),
            due: Due::new(),
            class: AtomicU8::new(Criticality::default() as u8),
            state: Mutex::new(state),
        }
    }

    /// Sets how much it matters that the message is handled.
    pub(super) fn classify(&self, criticality: Criticality) {
        self.class.store(criticality as u8, Ordering::Relaxed);
    }

    /// Gives the answer; it comes back when nobody waits for it any more.
    pub(crate) fn answer(&self, value: R) -> Result<(), R> {
        let notify = {
            let mut state = self.state.lock();
            if !matches!(state.phase, Phase::Waiting) {
                return Err(value);
            }
            self.due.end();
            self.complete(&mut state, Ok(value))
        };
        notify.deliver();
        Ok(())
    }

    /// The message goes where nobody can see from here whether a handler begins: from now on a
    /// time-out means *unknown*.
    #[cfg(test)]
    pub(crate) fn export(&self) {
        let (queued, released) = (stage::QUEUED, stage::RELEASED);
        // Unless the wait has ended.
        let _ = self
            .stage
            .compare_exchange(queued, released, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Whether an answer would still be taken.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Waiting)
    }

    /// The reply was dropped without an answer.
    pub(crate) fn reply_dropped(&self) {
        let notify = {
            let mut state = self.state.lock();
            match (&state.phase, self.stage.load(Ordering::Acquire)) {
                (Phase::Waiting, stage::BEGUN) => {
                    state.phase = Phase::Dropped;
                    Notify::Nobody
                }
                (Phase::Waiting, _) => {
                    self.due.end();
                    self.complete(&mut state, Err(AskError::NoReply))
                }
                _ => Notify::Nobody,
            }
        };
        notify.deliver();
    }

    /// Waits for the answer. `waker` spares a second look at the lock where it is known that the
    /// slot has none yet; wakers can be the user's code, so they are not cloned under it.
    pub(crate) fn poll(
        &self,
        cx: &Context<'_>,
        mut waker: Option<Waker>,
    ) -> Poll<Result<R, AskError>> {
        loop {
            let mut state = self.state.lock();
            if matches!(state.phase, Phase::Done(_))
                && let Phase::Done(result) = std::mem::replace(&mut state.phase, Phase::Taken)
            {
                return Poll::Ready(result);
            }
            match (&state.asker, waker) {
                (Some(known), None) if known.will_wake(cx.waker()) => return Poll::Pending,
                (_, Some(waker)) => {
                    let last = state.asker.replace(waker);
                    drop((state, last));
                    return Poll::Pending;
                }
                (_, None) => {}
            }
            drop(state);
            waker = Some(cx.waker().clone());
        }
    }

    /// The answer in a slot that nobody else holds any more.
    pub(crate) fn into_answer(self) -> Result<R, AskError> {
        match self.state.into_inner().phase {
            Phase::Done(result) => result,
            Phase::Waiting | Phase::Dropped | Phase::Taken => Err(AskError::NoReply),
        }
    }

    /// The asker gives up: a message that no handler has begun never will be, and a late answer is
    /// dropped by the one who gives it. Says whether the message certainly was not handled.
    pub(crate) fn forsake(&self) -> Outcome {
        let (stage, phase, asker) = {
            let mut state = self.state.lock();
            let stage = self.stage.swap(stage::CLOSED, Ordering::AcqRel);
            let phase = std::mem::replace(&mut state.phase, Phase::Taken);
            (stage, phase, state.asker.take())
        };
        drop(asker);
        match phase {
            Phase::Waiting if stage == stage::QUEUED => Outcome::Refused,
            Phase::Done(Err(error)) => error.outcome(),
            Phase::Waiting | Phase::Dropped | Phase::Done(Ok(_)) | Phase::Taken => Outcome::Unknown,
        }
    }

    /// Makes it new, for a message that was never queued.
    pub(crate) fn reopen(&self) {
        let left = {
            let mut state = self.state.lock();
            self.stage.store(stage::QUEUED, Ordering::Release);
            let phase = std::mem::replace(&mut state.phase, Phase::Waiting);
            (phase, state.asker.take())
        };
        drop(left);
    }

    /// Ends the wait for a reason known from outside.
    pub(crate) fn fail(&self, error: AskError) {
        self.end_wait(|_| error);
    }

    /// Ends the wait, if it has not ended, with an error that depends on whether a handler began.
    fn end_wait(&self, error: impl FnOnce(u8) -> AskError) {
        let notify = {
            let mut state = self.state.lock();
            match state.phase {
                Phase::Waiting | Phase::Dropped => {
                    let stage = self.stage.swap(stage::CLOSED, Ordering::AcqRel);
                    self.complete(&mut state, Err(error(stage)))
                }
                Phase::Done(_) | Phase::Taken => Notify::Nobody,
            }
        };
        notify.deliver();
    }

    fn complete(&self, state: &mut State<R>, result: Result<R, AskError>) -> Notify<R> {
        self.stage.store(stage::CLOSED, Ordering::Release);
        if let Some(port) = state.port.take() {
            state.phase = Phase::Taken;
            return Notify::Port(port, result);
        }
        state.phase = Phase::Done(result);
        Notify::Asker(state.asker.take())
    }
}

impl<R> Notify<R> {
    fn deliver(self) {
        match self {
            Self::Nobody | Self::Asker(None) => {}
            Self::Asker(Some(waker)) => waker.wake(),
            Self::Port(port, result) => port(result),
        }
    }
}

impl<R: Send> Attachment for Slot<R> {
    fn begin(&self, _instance: u32) -> Begin {
        let (queued, begun) = (stage::QUEUED, stage::BEGUN);
        let began = self
            .stage
            .compare_exchange(queued, begun, Ordering::AcqRel, Ordering::Acquire);
        if began.is_ok() {
            Begin::Go
        } else {
            Begin::Expired
        }
    }

    fn resume(&self, environment: &Environment) {
        if self.due.is_unset() {
            self.due.set(later(DEFAULT_TIMEOUT), environment);
        }
        let (released, begun) = (stage::RELEASED, stage::BEGUN);
        // Unless the wait has ended.
        let _ = self
            .stage
            .compare_exchange(released, begun, Ordering::AcqRel, Ordering::Acquire);
    }

    fn criticality(&self) -> Criticality {
        Criticality::ALL[usize::from(self.class.load(Ordering::Relaxed))]
    }

    #[inline]
    fn deadline(&self, environment: &Environment) -> Option<Deadline> {
        self.due.deadline(environment)
    }

    fn settle(&self, verdict: &Verdict) {
        if self.stage.load(Ordering::Acquire) == stage::CLOSED {
            return;
        }
        let notify = {
            let mut state = self.state.lock();
            match (&state.phase, verdict) {
                (Phase::Dropped, Verdict::Awaiting | Verdict::Handled) => {
                    self.complete(&mut state, Err(AskError::NoReply))
                }
                (Phase::Dropped, Verdict::Failed(failure)) => {
                    self.complete(&mut state, Err(AskError::Failed(failure.clone())))
                }
                (Phase::Dropped, Verdict::Killed) => {
                    self.complete(&mut state, Err(AskError::Killed))
                }
                (Phase::Waiting, _) => {
                    self.stage.store(stage::RELEASED, Ordering::Release);
                    Notify::Nobody
                }
                _ => Notify::Nobody,
            }
        };
        notify.deliver();
    }

    fn refuse(&self, why: Refusal) {
        self.fail(AskError::from(why));
    }
}

impl<R: Send> Alarm for Slot<R> {
    fn ring(self: Arc<Self>) {
        self.end_wait(|stage| match stage {
            stage::QUEUED => AskError::Expired,
            _ => AskError::Timeout,
        });
    }
}
