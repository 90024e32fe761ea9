//! Where the answer to one ask arrives: one allocation, shared by asker, reply and mailbox.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::error::AskError;
use crate::mailbox::{Attachment, Begin, Refusal, Verdict};
use crate::sync::Mutex;
use crate::time::Alarm;

/// What an answer is handed to when the asker is not in this process.
pub(crate) type ReplyPort<R> = Box<dyn FnOnce(Result<R, AskError>) + Send>;

/// The meeting point of one ask.
///
/// Whether a time-out means *refused* or *unknown* is decided in one step under its lock: either
/// the handler begins first, or the alarm rings first.
pub(crate) struct Slot<R>(Mutex<State<R>>);

struct State<R> {
    phase: Phase<R>,
    stage: Stage,
    /// The asker gave up.
    forsaken: bool,
    asker: Option<Waker>,
    port: Option<ReplyPort<R>>,
}

enum Phase<R> {
    Waiting,
    /// The reply was dropped in a poll of its own handler; how that poll ends says what it means.
    Dropped,
    Done(Result<R, AskError>),
    Taken,
}

/// How far the message came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Queued,
    Begun,
    /// Its handler has ended; the reply lives on.
    Released,
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
        Self(Mutex::new(State {
            phase: Phase::Waiting,
            stage: Stage::Queued,
            forsaken: false,
            asker: None,
            port,
        }))
    }

    /// Gives the answer; it comes back when nobody waits for it any more.
    pub(crate) fn answer(&self, value: R) -> Result<(), R> {
        let notify = {
            let mut state = self.0.lock();
            if !matches!(state.phase, Phase::Waiting) || state.forsaken {
                return Err(value);
            }
            state.complete(Ok(value))
        };
        notify.deliver();
        Ok(())
    }

    /// Whether an answer would still be taken.
    pub(crate) fn is_open(&self) -> bool {
        let state = self.0.lock();
        matches!(state.phase, Phase::Waiting) && !state.forsaken
    }

    /// The reply was dropped without an answer.
    pub(crate) fn reply_dropped(&self) {
        let notify = {
            let mut state = self.0.lock();
            match (&state.phase, state.stage) {
                (Phase::Waiting, Stage::Begun) => {
                    state.phase = Phase::Dropped;
                    Notify::Nobody
                }
                (Phase::Waiting, Stage::Queued | Stage::Released) => {
                    state.complete(Err(AskError::NoReply))
                }
                _ => Notify::Nobody,
            }
        };
        notify.deliver();
    }

    /// Waits for the answer.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<R, AskError>> {
        let mut state = self.0.lock();
        match std::mem::replace(&mut state.phase, Phase::Taken) {
            Phase::Done(result) => Poll::Ready(result),
            phase => {
                state.phase = phase;
                match &mut state.asker {
                    Some(known) if known.will_wake(cx.waker()) => {}
                    asker => *asker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }

    /// The asker gives up: a message that no handler has begun never will be, and a late answer is
    /// dropped by the one who gives it.
    pub(crate) fn forsake(&self) {
        let (phase, asker) = {
            let mut state = self.0.lock();
            state.forsaken = true;
            let done = matches!(state.phase, Phase::Done(_));
            (
                done.then(|| std::mem::replace(&mut state.phase, Phase::Taken)),
                state.asker.take(),
            )
        };
        drop((phase, asker));
    }

    /// Ends the wait for a reason known from outside.
    pub(crate) fn fail(&self, error: AskError) {
        let notify = {
            let mut state = self.0.lock();
            match state.phase {
                Phase::Waiting | Phase::Dropped => state.complete(Err(error)),
                Phase::Done(_) | Phase::Taken => Notify::Nobody,
            }
        };
        notify.deliver();
    }
}

impl<R> State<R> {
    fn complete(&mut self, result: Result<R, AskError>) -> Notify<R> {
        if let Some(port) = self.port.take() {
            self.phase = Phase::Taken;
            return Notify::Port(port, result);
        }
        self.phase = Phase::Done(result);
        Notify::Asker(self.asker.take())
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
        let mut state = self.0.lock();
        if matches!(state.phase, Phase::Waiting) && !state.forsaken {
            state.stage = Stage::Begun;
            Begin::Go
        } else {
            Begin::Expired
        }
    }

    fn settle(&self, verdict: &Verdict) {
        let notify = {
            let mut state = self.0.lock();
            if !matches!(verdict, Verdict::Awaiting) {
                state.stage = Stage::Released;
            }
            if !matches!(state.phase, Phase::Dropped) {
                return;
            }
            state.complete(Err(match verdict {
                Verdict::Awaiting | Verdict::Handled => AskError::NoReply,
                Verdict::Failed(failure) => AskError::Failed(failure.clone()),
                Verdict::Killed => AskError::Killed,
            }))
        };
        notify.deliver();
    }

    fn refuse(&self, why: Refusal) {
        self.fail(AskError::from(why));
    }
}

impl<R: Send> Alarm for Slot<R> {
    fn ring(self: Arc<Self>) {
        let notify = {
            let mut state = self.0.lock();
            match (&state.phase, state.stage) {
                (Phase::Done(_) | Phase::Taken, _) => Notify::Nobody,
                (_, Stage::Queued) => state.complete(Err(AskError::Expired)),
                (_, Stage::Begun | Stage::Released) => state.complete(Err(AskError::Timeout)),
            }
        };
        notify.deliver();
    }
}

impl From<Refusal> for AskError {
    fn from(why: Refusal) -> Self {
        match why {
            Refusal::Full { .. } | Refusal::Overflow => Self::Full,
            Refusal::Stopped => Self::Stopped,
            Refusal::Displaced => Self::Displaced,
            Refusal::Expired => Self::Expired,
            Refusal::Policy => Self::Policy,
        }
    }
}
