//! The message loop of one instance.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::task::coop;
use tokio::time::Instant;
use tracing::Span;

use super::cell::{Cell, Resident};
use super::guard::{Interrupt, guard, poll_control};
use super::head::flag;
use super::life::{Exit, Life};
use super::supervise::supervise;
use super::traced;
use crate::behavior::{Actor, Context, Ending};
use crate::dead_letters::DeadLetterReason;
use crate::failure::Failure;
use crate::inspect::Pulse;
use crate::mailbox::{Attachment, Begin, Envelope, Notice, Refusal, Taken, Verdict};
use crate::signal::Signal;

/// What makes the loop look up from its messages.
const URGENT: u8 = flag::KILL | flag::HALT | flag::EVENTS | flag::SIGNALS | flag::TIMER;

/// A visit ends after this many messages, so that others get their turn.
const VISIT_MESSAGES: u32 = 256;
/// Or after this time: the clock is read only after the 2nd, 4th, 8th .. message of a visit, since
/// reading it costs more than a message.
const VISIT_TIME: Duration = Duration::from_micros(500);

/// The message that is being handled, for the case that it ends badly.
#[derive(Default)]
pub(super) struct Hand {
    pub(super) variant: Option<&'static str>,
    pub(super) attachment: Option<Arc<dyn Attachment>>,
}

/// One turn of the actor on its thread.
#[derive(Default)]
struct Visit {
    messages: u32,
    began: Option<Instant>,
}

impl Visit {
    /// Counts a message; true when the turn is over.
    fn count(&mut self) -> bool {
        self.messages += 1;
        if self.messages >= VISIT_MESSAGES {
            return true;
        }
        if !self.messages.is_power_of_two() || self.messages == 1 {
            return false;
        }
        let now = Instant::now();
        now.duration_since(*self.began.get_or_insert(now)) >= VISIT_TIME
    }
}

/// After a visit with this many messages the actor yields once before it sleeps: its senders are
/// at work, and to be woken by the next message costs more than to look again. An actor that is
/// asked one thing at a time sleeps at once.
const BUSY_VISIT: u32 = 16;

/// What comes next in the loop.
enum Next<M> {
    Message(Envelope<M>),
    Signal(Signal),
    Look,
    /// Nothing, after a visit so busy that more can be expected.
    Linger,
    Drained,
}

impl<A: Actor, F: FnMut() -> A + Send + 'static> Life<A, F> {
    /// Handles messages until the instance comes to its end.
    pub(super) async fn live(&mut self, actor: &mut A) -> Exit {
        let Self {
            cell,
            ctx,
            hand,
            pulse,
            ..
        } = self;
        let mut visit = Visit::default();
        loop {
            if cell.head.has(URGENT) {
                match Box::pin(urgent(cell, ctx, actor)).await {
                    Ok(()) => {}
                    Err(exit) => return exit,
                }
            }
            if ctx.is_ringing()
                && let Some(tick) = ctx.next_tick()
            {
                ctx.batch.push_front(tick);
            }
            let envelope = match ctx.batch.pop() {
                Some(envelope) => envelope,
                None => match next(cell, ctx, &mut visit, pulse).await {
                    Next::Linger => {
                        tokio::task::yield_now().await;
                        continue;
                    }
                    Next::Message(envelope) => envelope,
                    Next::Look => continue,
                    Next::Drained if ctx.ending.is_some() => return Exit::Finished,
                    Next::Drained => return Exit::Stopped,
                    Next::Signal(signal) => match Box::pin(tell(cell, ctx, actor, signal)).await {
                        Ok(()) => continue,
                        Err(exit) => return exit,
                    },
                },
            };
            let Envelope {
                message,
                attachment,
            } = envelope;
            if let Some(attachment) = attachment {
                match attachment.begin(ctx.instance) {
                    Begin::Go => hand.attachment = Some(attachment),
                    Begin::Fault => {
                        hand.variant = Some(A::describe(&message));
                        hand.attachment = Some(attachment);
                        return Exit::Failed(Failure::message("a fault was injected"));
                    }
                    refused => {
                        let attachment = Some(attachment);
                        let envelope = Envelope {
                            message,
                            attachment,
                        };
                        bury(cell, envelope, refused);
                        continue;
                    }
                }
            }
            hand.variant = Some(A::describe(&message));
            let span = cell.head.spec.traced.then(|| {
                let variant = hand.variant.unwrap_or_default();
                traced::span(&cell.head.path(), variant, hand.attachment.as_ref())
            });
            {
                let mut handler = pin!(actor.handle(message, ctx));
                let attachment = hand.attachment.as_ref();
                let ended = poll_fn(|cx| {
                    let _entered = span.as_ref().map(Span::enter);
                    match handler.as_mut().poll(cx) {
                        Poll::Ready(result) => Poll::Ready(Ok(result)),
                        Poll::Pending => poll_control(&**cell, attachment, cx).map(Err),
                    }
                });
                match ended.await {
                    Ok(Ok(())) => {}
                    Ok(Err(failure)) => return Exit::Failed(failure),
                    Err(Interrupt::Killed) => return Exit::Killed,
                    Err(Interrupt::Halted) => return Exit::Halted { dropped: true },
                }
            }
            handled(cell, hand);
            if ctx.ending == Some(Ending::Now) {
                return Exit::Finished;
            }
            if visit.count() {
                pulse.end(&cell.head.vitals);
                tokio::task::yield_now().await;
                visit = Visit::default();
            }
        }
    }
}

/// Counts a message for which it is too late.
#[cold]
fn bury<M: Send + 'static>(cell: &Cell<M>, envelope: Envelope<M>, begin: Begin) {
    let (why, reason) = match begin {
        Begin::Stale => (Refusal::Stopped, DeadLetterReason::Stale),
        Begin::Go | Begin::Expired | Begin::Fault => (Refusal::Expired, DeadLetterReason::Expired),
    };
    cell.bury(envelope, why, reason);
}

fn handled<M>(cell: &Cell<M>, hand: &mut Hand) {
    hand.variant = None;
    if let Some(attachment) = hand.attachment.take() {
        attachment.settle(&Verdict::Handled);
    }
    cell.head.vitals.count();
}

/// Waits for what comes next.
async fn next<A: Actor>(
    cell: &Cell<A::Msg>,
    ctx: &mut Context<A>,
    visit: &mut Visit,
    pulse: &mut Pulse,
) -> Next<A::Msg> {
    poll_fn(|cx| {
        let Poll::Ready(budget) = coop::poll_proceed(cx) else {
            return Poll::Pending;
        };
        let busy = visit.messages >= BUSY_VISIT;
        let taken = if busy {
            Poll::Ready(cell.mailbox.take(&mut ctx.batch))
        } else {
            cell.mailbox.poll_take(&mut ctx.batch, cx)
        };
        let Poll::Ready(taken) = taken else {
            pulse.end(&cell.head.vitals);
            *visit = Visit::default();
            // Looked at after the mailbox knows whom to wake, so that nothing slips between.
            let look = cell.head.has(URGENT);
            return if look {
                Poll::Ready(Next::Look)
            } else {
                Poll::Pending
            };
        };
        budget.made_progress();
        if visit.messages == 0 {
            pulse.begin(&cell.head.vitals, || {
                ctx.batch.len() + cell.mailbox.fill().0
            });
        }
        Poll::Ready(match taken {
            Taken::Message(envelope) => Next::Message(envelope),
            Taken::Messages => ctx.batch.pop().map_or(Next::Look, Next::Message),
            Taken::Notice(Notice::Terminated(it)) => Next::Signal(Signal::Terminated(it)),
            Taken::Notice(Notice::Message(message)) => Next::Message(Envelope::plain(message)),
            Taken::Drained => Next::Drained,
            Taken::Nothing => {
                *visit = Visit::default();
                Next::Linger
            }
        })
    })
    .await
}

/// Looks at the control lane.
async fn urgent<A: Actor>(
    cell: &Arc<Cell<A::Msg>>,
    ctx: &mut Context<A>,
    actor: &mut A,
) -> Result<(), Exit> {
    let head = &cell.head;
    if head.has(flag::KILL) {
        return Err(Exit::Killed);
    }
    if head.has(flag::HALT) {
        return Err(Exit::Halted { dropped: false });
    }
    if head.has(flag::EVENTS) {
        supervise(&**cell);
    }
    if head.lower(flag::TIMER) != 0 {
        ctx.ring_timers();
    }
    if head.lower(flag::SIGNALS) != 0 {
        while let Some(signal) = next_signal(&**cell)? {
            tell(cell, ctx, actor, signal).await?;
        }
    }
    Ok(())
}

/// The next signal of a child, or the failure for which this actor has to fail.
fn next_signal(resident: &dyn Resident) -> Result<Option<Signal>, Exit> {
    let mut family = resident.head().family.lock();
    let Some(family) = family.as_mut() else {
        return Ok(None);
    };
    match family.escalated.take() {
        Some(failure) => Err(Exit::Failed(failure)),
        None => Ok(family.signals.pop_front()),
    }
}

async fn tell<A: Actor>(
    cell: &Arc<Cell<A::Msg>>,
    ctx: &mut Context<A>,
    actor: &mut A,
    signal: Signal,
) -> Result<(), Exit> {
    match guard(&**cell, actor.signal(signal, ctx)).await {
        Ok(Ok(())) if ctx.ending == Some(Ending::Now) => Err(Exit::Finished),
        Ok(Ok(())) => Ok(()),
        Ok(Err(failure)) => Err(Exit::Failed(failure)),
        Err(Interrupt::Killed) => Err(Exit::Killed),
        Err(Interrupt::Halted) => Err(Exit::Halted { dropped: true }),
    }
}
