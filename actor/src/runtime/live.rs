//! The message loop of one instance.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{self, Poll};

use tokio::task::coop;

use super::cell::{Cell, Resident};
use super::guard::{Interrupt, guard};
use super::hand::Hand;
use super::head::flag;
use super::life::Life;
use super::supervise::supervise;
use super::visit::Visit;
use crate::behavior::{Actor, Context, Ending};
use crate::failure::{ActorResult, Failure};
use crate::inspect::Pulse;
use crate::mailbox::{Envelope, Notice, Taken};
use crate::signal::Signal;

/// What makes the loop look up from its messages.
const URGENT: u16 = flag::KILL | flag::HALT | flag::EVENTS | flag::SIGNALS | flag::TIMER;

/// How an instance came to its end.
#[derive(Debug)]
pub(super) enum Exit {
    /// The stop mark is reached.
    Stopped,
    /// It ended itself.
    Finished,
    Killed,
    /// A hook of it failed.
    Failed(Failure),
    /// It failed to start.
    Unstarted(Failure),
    /// A child escalated.
    Escalated(Failure),
    /// For a sibling's sake; `dropped` when its grace was over.
    Halted {
        dropped: bool,
    },
}

/// What comes next in the loop.
enum Next<M> {
    Message(Envelope<M>),
    Look,
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
        hand.dozing = false;
        if ctx.ending == Some(Ending::Now) {
            return Exit::Finished;
        }
        loop {
            if cell.head.has(URGENT) || ctx.signal.is_some() {
                hand.dozing = false;
                match Box::pin(attend(cell, ctx, actor)).await {
                    Ok(()) => continue,
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
                None => match poll_fn(|cx| poll_next(cell, ctx, hand, &mut visit, pulse, cx)).await
                {
                    Next::Message(envelope) => envelope,
                    Next::Look => continue,
                    Next::Drained if ctx.ending.is_some() => return Exit::Finished,
                    Next::Drained => return Exit::Stopped,
                },
            };
            let Envelope {
                message,
                attachment,
            } = envelope;
            if let Err(late) = hand.admit(attachment, ctx.instance) {
                late.bury(cell, message);
                continue;
            }
            hand.name::<A>(&message);
            if std::mem::take(&mut hand.fault) {
                return Exit::Failed(Failure::message("a fault was injected"));
            }
            if cell.head.spec.traced {
                hand.trace(cell);
            }
            let handler = guard(&**cell, actor.handle(message, ctx));
            let ended = handler.of_message(hand).await;
            if let Err(exit) = came_to(ended) {
                return exit;
            }
            hand.put_down();
            cell.head.vitals.count();
            if ctx.ending == Some(Ending::Now) {
                return Exit::Finished;
            }
            if visit.count() {
                pulse.end(&cell.head.vitals);
                hand.dozing = false;
                tokio::task::yield_now().await;
                visit = Visit::default();
            }
        }
    }
}

/// What the end of a hook means for the instance.
fn came_to(ended: Result<ActorResult, Interrupt>) -> Result<(), Exit> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failure)) => Err(Exit::Failed(failure)),
        Err(Interrupt::Killed) => Err(Exit::Killed),
        Err(Interrupt::Halted) => Err(Exit::Halted { dropped: true }),
    }
}

/// Waits for what comes next.
fn poll_next<A: Actor>(
    cell: &Cell<A::Msg>,
    ctx: &mut Context<A>,
    hand: &mut Hand,
    visit: &mut Visit,
    pulse: &mut Pulse,
    cx: &mut task::Context<'_>,
) -> Poll<Next<A::Msg>> {
    if std::mem::take(&mut hand.dozing) {
        return rest(cell, visit, pulse);
    }
    let Poll::Ready(budget) = coop::poll_proceed(cx) else {
        return Poll::Pending;
    };
    // What was queued before a kill must not begin after it.
    if cell.head.has(URGENT) {
        return Poll::Ready(Next::Look);
    }
    let taken = if visit.is_busy() {
        Poll::Ready(cell.mailbox.take(&mut ctx.batch))
    } else {
        cell.mailbox.poll_take(&mut ctx.batch, cx)
    };
    let Poll::Ready(taken) = taken else {
        return rest(cell, visit, pulse);
    };
    budget.made_progress();
    if visit.is_new() {
        let queued = || ctx.batch.len() + cell.mailbox.fill().0;
        pulse.begin(&cell.head.vitals, queued);
    }
    Poll::Ready(match taken {
        Taken::Message(envelope) => Next::Message(envelope),
        Taken::Only(envelope) => {
            hand.dozing = true;
            Next::Message(envelope)
        }
        Taken::Messages => ctx.batch.pop().map_or(Next::Look, Next::Message),
        Taken::Notice(Notice::Terminated(it)) => {
            ctx.signal = Some(Box::new(Signal::Terminated(it)));
            Next::Look
        }
        Taken::Notice(Notice::Message(message)) => Next::Message(Envelope::plain(message)),
        Taken::Drained => Next::Drained,
        Taken::Nothing => {
            // After a visit so busy that more can be expected: others first, then once more.
            *visit = Visit::default();
            return pin!(tokio::task::yield_now()).poll(cx).map(|()| Next::Look);
        }
    })
}

/// Ends a visit: there is nothing to do, and the mailbox knows whom to wake.
fn rest<M: Send + 'static>(cell: &Cell<M>, visit: &mut Visit, pulse: &mut Pulse) -> Poll<Next<M>> {
    pulse.end(&cell.head.vitals);
    *visit = Visit::default();
    // Looked at after the mailbox knows, so that nothing slips between.
    if cell.head.has(URGENT) {
        Poll::Ready(Next::Look)
    } else {
        Poll::Pending
    }
}

/// Looks at the control lane, and tells the signal whose turn has come.
async fn attend<A: Actor>(
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
    match ctx.signal.take() {
        Some(signal) => tell(cell, ctx, actor, *signal).await,
        None => Ok(()),
    }
}

/// The next signal of a child, or the failure for which this actor has to fail.
fn next_signal(resident: &dyn Resident) -> Result<Option<Signal>, Exit> {
    let mut family = resident.head().family.lock();
    let Some(family) = family.as_mut() else {
        return Ok(None);
    };
    match family.escalated.take() {
        Some(failure) => Err(Exit::Escalated(failure)),
        None => Ok(family.signals.pop_front()),
    }
}

async fn tell<A: Actor>(
    cell: &Arc<Cell<A::Msg>>,
    ctx: &mut Context<A>,
    actor: &mut A,
    signal: Signal,
) -> Result<(), Exit> {
    came_to(guard(&**cell, actor.signal(signal, ctx)).await)?;
    if ctx.ending == Some(Ending::Now) {
        return Err(Exit::Finished);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use crate::prelude::*;

    /// Has a tick due and a signal to be told, and cancels the one at the other.
    struct Both(Arc<Mutex<Vec<&'static str>>>);

    impl Both {
        fn note(&self, what: &'static str) {
            self.0.lock().expect("nobody panics with it").push(what);
        }
    }

    impl Actor for Both {
        type Msg = &'static str;

        async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
            ctx.set_timer("t", Duration::ZERO, "tick")?;
            ctx.ring_timers();
            let (id, path) = (ctx.myself().id(), ctx.path());
            let reason = StopReason::Stopped;
            let ended = Signal::Terminated(Terminated { id, path, reason });
            ctx.signal = Some(Box::new(ended));
            Ok(())
        }

        async fn handle(&mut self, msg: &'static str, ctx: &mut Context<Self>) -> ActorResult {
            self.note(msg);
            ctx.stop();
            Ok(())
        }

        async fn signal(&mut self, _: Signal, ctx: &mut Context<Self>) -> ActorResult {
            self.note(if ctx.cancel_timer("t") {
                "cancelled"
            } else {
                "too late"
            });
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_that_a_signal_cancels_does_not_tick() {
        let (system, notes) = (System::new("live"), Arc::default());
        let of_actor = Arc::clone(&notes);
        let spawn = system.spawn("both", move || Both(Arc::clone(&of_actor)));
        let both = spawn.await.expect("it starts");
        both.tell("message").await.expect("room");
        both.terminated().await;
        let notes = notes.lock().expect("nobody panics with it");
        assert_eq!(*notes, ["cancelled", "message"]);
    }
}
