//! The future of `tell`: queued at once where there is room, in line for it otherwise.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::task::AtomicWaker;
use greenroom_resilience::Criticality;
use tokio::time::Instant;

use super::DEFAULT_TIMEOUT;
use super::current::{self, Waiting};
use super::deliver::{Subject, Undelivered, Way};
use super::error::SendError;
use crate::mailbox::{Attachment, Begin, Envelope, Refusal, Refused, Ticket};
use crate::time::{Alarm, AlarmKey, later, later_than};

/// How often a tell that finds no room yields to others and looks again before it stands in line.
///
/// To be woken on another thread costs as much as an actor needs for hundreds of messages; so long
/// a sender whose actor keeps up can wait by yielding. One that is slower costs its senders these
/// few yields, some microseconds, for each wait.
const YIELDS: u8 = 8;

/// A message on its way into a mailbox; see [`ActorRef::tell`](crate::ActorRef::tell).
///
/// Its errors are [`SendError`]s.
///
/// # Panics
///
/// When it is polled again after it was ready.
///
/// # Cancel safety
///
/// Dropped before it is done it has queued nothing and leaves nothing behind.
#[must_use = "a tell does nothing unless awaited"]
pub struct Tell<'a, M> {
    port: Way<'a, M>,
    message: Option<M>,
    /// What only few tells need: a time-out of their own, a deadline, a place in the line.
    rare: Option<Box<Rare>>,
}

struct Rare {
    timeout: Duration,
    deadline: Option<Duration>,
    criticality: Option<Criticality>,
    /// When it first found no room; the time-out counts from here.
    waits_since: Option<Instant>,
    yields: u8,
    ticket: Ticket,
    alarm: Option<(AlarmKey, Arc<Bell>)>,
    waiting: Option<Waiting>,
}

impl Default for Rare {
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            deadline: None,
            criticality: None,
            waits_since: None,
            yields: 0,
            ticket: Ticket::Idle,
            alarm: None,
            waiting: None,
        }
    }
}

impl<'a, M: Send + 'static> Tell<'a, M> {
    pub(crate) fn new(port: Way<'a, M>, message: M) -> Self {
        Self {
            port,
            message: Some(message),
            rare: None,
        }
    }

    /// Sets how long to wait for room; 5 s unless set, so that a healthy service never meets it and
    /// a stuck one is noticed. Zero is [`SendError::ZeroTimeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.rare.get_or_insert_default().timeout = timeout;
        self
    }

    /// Drops the message unhandled when it has not been handled this long after it was queued.
    ///
    /// Only asks have a deadline by themselves: clean-up work must not die with the caller that
    /// gave up on it.
    pub fn deadline(mut self, within: Duration) -> Self {
        self.rare.get_or_insert_default().deadline = Some(within);
        self
    }

    /// Sets how much it matters that the message is handled, for a mailbox that
    /// [sheds](crate::MailboxSettings::shed); critical unless set.
    pub fn criticality(mut self, criticality: Criticality) -> Self {
        self.rare.get_or_insert_default().criticality = Some(criticality);
        self
    }

    /// Queues the message now or not at all.
    pub(super) fn try_now(&mut self) -> Result<(), SendError<M>> {
        let message = self
            .message
            .take()
            .expect("polled again after it was ready");
        self.port.settle(&message);
        Ok(self.port.push(Envelope::plain(message))?)
    }

    /// Takes the message back that is not queued, as of now.
    pub(super) fn take_back(&mut self) -> Option<M> {
        if let Some(rare) = &mut self.rare {
            self.port.release(&mut rare.ticket);
        }
        self.message.take()
    }

    /// Looks for room a few times more before it joins the line.
    fn poll_for_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<M>>> {
        let rare = self.rare.get_or_insert_default();
        rare.waits_since.get_or_insert_with(Instant::now);
        if rare.yields < YIELDS {
            rare.yields += 1;
            if pin!(tokio::task::yield_now()).poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        self.poll_in_line(cx)
    }

    fn poll_in_line(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<M>>> {
        let port = &*self.port;
        let rare = self.rare.get_or_insert_default();
        match port.poll_reserve(&mut rare.ticket, cx) {
            Poll::Pending => {
                let timed_out = rare.poll_time(&**port, cx).is_ready();
                if timed_out {
                    // Also when this future is kept: the place it waits for is not its any more.
                    port.release(&mut rare.ticket);
                    return Poll::Ready(Err(self.fail(SendError::Timeout)));
                }
                let rare = self.rare.get_or_insert_default();
                if rare.waiting.is_none() {
                    rare.waiting = Waiting::begin(|| Arc::clone(port) as _);
                }
                Poll::Pending
            }
            Poll::Ready(Err(why)) => {
                Poll::Ready(Err(self.fail(|message| SendError::refused(message, why))))
            }
            Poll::Ready(Ok(())) => {
                let message = self
                    .message
                    .take()
                    .expect("polled again after it was ready");
                let envelope = Envelope {
                    message,
                    attachment: rare.attachment(),
                };
                Poll::Ready(
                    port.push_reserved(&mut rare.ticket, envelope)
                        .map_err(SendError::from),
                )
            }
        }
    }

    fn poll_rare(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<M>>> {
        let mut attachment = None;
        if let Some(rare) = &self.rare {
            if rare.ticket != Ticket::Idle {
                return self.poll_in_line(cx);
            }
            if rare.timeout.is_zero() {
                return Poll::Ready(Err(self.fail(SendError::ZeroTimeout)));
            }
            attachment = rare.attachment();
        }
        let message = self
            .message
            .take()
            .expect("polled again after it was ready");
        self.port.settle(&message);
        let envelope = Envelope {
            message,
            attachment,
        };
        match self.port.push_in_turn(envelope) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(undelivered) => self.not_pushed(undelivered, cx),
        }
    }

    /// Waits in line where that makes sense.
    #[cold]
    fn not_pushed(
        &mut self,
        why: Undelivered<M>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SendError<M>>> {
        match why {
            Undelivered::Refused(Refused {
                envelope,
                why: Refusal::Full { may_wait: true },
            }) => {
                if current::is(&**self.port) {
                    return Poll::Ready(Err(SendError::SelfFull(envelope.message)));
                }
                self.message = Some(envelope.message);
                self.poll_for_room(cx)
            }
            Undelivered::Refused(Refused {
                envelope,
                why: Refusal::Hasty,
            }) => {
                self.message = Some(envelope.message);
                self.rare.get_or_insert_default();
                // Always pending: it is tried again when the task is polled again.
                pin!(tokio::task::yield_now()).poll(cx).map(Ok)
            }
            other => Poll::Ready(Err(other.into())),
        }
    }

    fn fail(&mut self, error: impl FnOnce(M) -> SendError<M>) -> SendError<M> {
        self.message.take().map_or(SendError::Lost, error)
    }
}

impl Rare {
    fn attachment(&self) -> Option<Arc<dyn Attachment>> {
        if self.deadline.is_none() && self.criticality.is_none() {
            return None;
        }
        Some(Arc::new(Terms {
            begin_by: self.deadline.map(later),
            criticality: self.criticality.unwrap_or_default(),
        }))
    }

    fn poll_time<S: Subject + ?Sized>(&mut self, subject: &S, cx: &Context<'_>) -> Poll<()> {
        let (timeout, since) = (self.timeout, self.waits_since);
        let (_, bell) = self.alarm.get_or_insert_with(|| {
            let bell = Arc::new(Bell::default());
            let since = since.unwrap_or_else(Instant::now);
            let (at, alarms) = (later_than(since, timeout), &subject.environment().alarms);
            (alarms.set(at, Arc::clone(&bell) as _), bell)
        });
        bell.waker.register(cx.waker());
        if bell.rung.load(Ordering::Acquire) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Wakes a waiting tell at its time-out.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    waker: AtomicWaker,
}

impl Alarm for Bell {
    fn ring(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.waker.wake();
    }
}

/// The attachment of a tell with a deadline, or a criticality of its own.
struct Terms {
    begin_by: Option<Instant>,
    criticality: Criticality,
}

impl Attachment for Terms {
    fn begin(&self, _instance: u32) -> Begin {
        match self.begin_by {
            Some(at) if Instant::now() >= at => Begin::Expired,
            _ => Begin::Go,
        }
    }

    fn criticality(&self) -> Criticality {
        self.criticality
    }
}

// The message is never pinned.
impl<M> Unpin for Tell<'_, M> {}

impl<M: Send + 'static> Future for Tell<'_, M> {
    type Output = Result<(), SendError<M>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        // Nearly all tells: nothing set, and room.
        if this.rare.is_none()
            && let Way::Borrowed(port) = &this.port
            && let Some(message) = this.message.take()
        {
            return match port.push_in_turn(Envelope::plain(message)) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(undelivered) => this.not_pushed(undelivered, cx),
            };
        }
        this.poll_rare(cx)
    }
}

impl<M> Drop for Tell<'_, M> {
    fn drop(&mut self) {
        let Some(mut rare) = self.rare.take() else {
            return;
        };
        if rare.ticket != Ticket::Idle {
            self.port.release(&mut rare.ticket);
        }
        if let Some((key, _)) = rare.alarm {
            self.port.environment().alarms.cancel(key);
        }
    }
}

impl<M> fmt::Debug for Tell<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tell")
            .field("target", &self.port.path())
            .finish_non_exhaustive()
    }
}
