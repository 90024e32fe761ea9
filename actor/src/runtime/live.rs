//! The message loop of one instance.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::task::coop;
use tokio::time::Instant;

use super::cell::{Cell, Resident};
use super::guard::{Interrupt, guard};
use super::head::flag;
use super::life::{Exit, Life};
use super::supervise::supervise;
use crate::behavior::{Actor, Context, Ending};
use crate::dead_letters::DeadLetterReason;
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

/// What comes next in the loop.
enum Next<M> {
    Message(Envelope<M>),
    Signal(Signal),
    Look,
    Drained,
}

impl<A: Actor, F: FnMut() -> A + Send + 'static> Life<A, F> {
    /// Handles messages until the instance comes to its end.
    pub(super) async fn live(&mut self, actor: &mut A) -> Exit {
        let Self { cell, ctx, hand, .. } = self;
        let mut visit = Visit::default();
        loop {
            if cell.head.has(URGENT) {
                match Box::pin(urgent(cell, ctx, actor)).await {
                    Ok(()) => {}
                    Err(exit) => return exit,
                }
            }
            let envelope = match ctx.batch.pop_front() {
                Some(envelope) => envelope,
                None => match next(cell, ctx, &mut visit).await {
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
            let Some(message) = begin(cell, hand, envelope, ctx.instance) else { continue };
            let handler = actor.handle(message, ctx);
            match guard(&**cell, hand.attachment.as_ref(), handler).await {
                Ok(Ok(())) => handled(cell, hand),
                Ok(Err(failure)) => return Exit::Failed(failure),
                Err(Interrupt::Killed) => return Exit::Killed,
                Err(Interrupt::Halted) => return Exit::Halted { dropped: true },
            }
            if ctx.ending == Some(Ending::Now) {
                return Exit::Finished;
            }
            if visit.count() {
                yield_turn().await;
                visit = Visit::default();
            }
        }
    }
}

/// Takes a message in hand, unless it is too late for it.
fn begin<M: Send + 'static>(
    cell: &Cell<M>,
    hand: &mut Hand,
    envelope: Envelope<M>,
    instance: u32,
) -> Option<M> {
    let Envelope { message, attachment } = envelope;
    let begin = attachment.as_ref().map_or(Begin::Go, |attachment| attachment.begin(instance));
    let (why, reason) = match begin {
        Begin::Go | Begin::Fault => {
            hand.variant = Some(cell.describe(&message));
            hand.attachment = attachment;
            return Some(message);
        }
        Begin::Expired => (Refusal::Expired, DeadLetterReason::Expired),
        Begin::Stale => (Refusal::Stopped, DeadLetterReason::Stale),
    };
    cell.bury(Envelope { message, attachment }, why, reason);
    None
}

fn handled<M>(cell: &Cell<M>, hand: &mut Hand) {
    hand.variant = None;
    if let Some(attachment) = hand.attachment.take() {
        attachment.settle(&Verdict::Handled);
    }
    // Only this task writes it, so it need not be one atomic step.
    let handled = &cell.head.handled;
    handled.store(handled.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// Waits for what comes next; it yields once before it goes to sleep, since a sender at work will
/// often have queued something by then, and going to sleep costs more than a turn.
async fn next<A: Actor>(
    cell: &Cell<A::Msg>,
    ctx: &mut Context<A>,
    visit: &mut Visit,
) -> Next<A::Msg> {
    let mut yielded = false;
    poll_fn(|cx| {
        let Poll::Ready(budget) = coop::poll_proceed(cx) else { return Poll::Pending };
        let mut slept = yielded;
        loop {
            match cell.mailbox.take(&mut ctx.batch) {
                Taken::Messages => {
                    budget.made_progress();
                    return match ctx.batch.pop_front() {
                        Some(envelope) => Poll::Ready(Next::Message(envelope)),
                        None => Poll::Ready(Next::Look),
                    };
                }
                Taken::Notice(Notice::Terminated(terminated)) => {
                    return Poll::Ready(Next::Signal(Signal::Terminated(terminated)));
                }
                Taken::Notice(Notice::Message(message)) => {
                    return Poll::Ready(Next::Message(Envelope::plain(message)));
                }
                Taken::Drained => return Poll::Ready(Next::Drained),
                Taken::Nothing => {}
            }
            *visit = Visit::default();
            if !slept {
                yielded = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            slept = true;
            if cell.mailbox.poll_nonempty(&mut ctx.batch, cx).is_pending() {
                // Looked at after the mailbox knows whom to wake, so that nothing slips between.
                return if cell.head.has(URGENT) { Poll::Ready(Next::Look) } else { Poll::Pending };
            }
        }
    })
    .await
}

/// Lets other tasks run.
async fn yield_turn() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
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
    let Some(family) = family.as_mut() else { return Ok(None) };
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
    match guard(&**cell, None, actor.signal(signal, ctx)).await {
        Ok(Ok(())) if ctx.ending == Some(Ending::Now) => Err(Exit::Finished),
        Ok(Ok(())) => Ok(()),
        Ok(Err(failure)) => Err(Exit::Failed(failure)),
        Err(Interrupt::Killed) => Err(Exit::Killed),
        Err(Interrupt::Halted) => Err(Exit::Halted { dropped: true }),
    }
}
