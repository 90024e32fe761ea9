//! The message loop of one instance.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, ready};

use tokio::task::coop;

use super::guard::{Interrupt, guard};
use super::life::Life;
use super::visit::Visit;
use crate::behavior::{Actor, Ending};
use crate::dead_letters::DeadLetterReason;
use crate::failure::{ActorResult, Failure};
use crate::mailbox::{Begin, Envelope, Notice, Refusal, Taken};
use crate::signal::Signal;
use crate::tree::{Resident, flag, supervise};

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
    /// The message that is in hand now.
    Message(M),
    /// Something in the control lane, or a signal.
    Attend(Option<Box<Signal>>),
    /// It is to fail over the message in hand, for a test's sake.
    Fault,
    Drained,
}

/// What a look at the mailbox found.
enum Found<M> {
    Message(Envelope<M>),
    /// Something else, perhaps: the control lane and what was taken come first.
    Look,
    Signal(Box<Signal>),
    Drained,
}

// An idle actor is as large as the largest state of this function: what it needs is in `self`, and
// nothing is kept in variables across an await.
impl<A: Actor, F: FnMut() -> A + Send + 'static> Life<A, F> {
    /// Handles messages until the instance comes to its end.
    // Not an `async fn`: that would keep its arguments twice.
    pub(super) fn live(&mut self, actor: &mut A) -> impl Future<Output = Exit> + Send {
        self.begin_visit();
        async move {
            if self.ctx.ending == Some(Ending::Now) {
                return Exit::Finished;
            }
            loop {
                let message = match self.next_message(actor).await {
                    Ok(message) => message,
                    Err(exit) => return exit,
                };
                if self.cell.head.spec.traced {
                    self.hand.trace(&self.cell);
                }
                let handler = guard(&*self.cell, actor.handle(message, &mut self.ctx));
                let ended = handler.of_message(&mut self.hand).await;
                if let Err(exit) = came_to(ended) {
                    return exit;
                }
                self.hand.put_down();
                self.cell.head.vitals.count();
                if self.ctx.ending == Some(Ending::Now) {
                    return Exit::Finished;
                }
                if self.hand.visit.count(&self.cell.head.environment) {
                    self.pulse.end(&self.cell.head.vitals);
                    tokio::task::yield_now().await;
                    self.begin_visit();
                }
            }
        }
    }

    /// A poll of the task that may be for whatever came since the last one.
    fn begin_visit(&mut self) {
        self.hand.visit = Visit::default();
    }

    /// The next message, which is in hand then.
    #[expect(
        clippy::manual_async_fn,
        reason = "an `async fn` keeps its arguments twice"
    )]
    fn next_message(&mut self, actor: &mut A) -> impl Future<Output = Result<A::Msg, Exit>> + Send {
        async move {
            loop {
                match poll_fn(|cx| self.poll_next(cx)).await {
                    Next::Message(message) => return Ok(message),
                    Next::Attend(signal) => Box::pin(self.attend(actor, signal)).await?,
                    Next::Fault => {
                        return Err(Exit::Failed(Failure::message("a fault was injected")));
                    }
                    Next::Drained if self.ctx.ending.is_some() => return Err(Exit::Finished),
                    Next::Drained => return Err(Exit::Stopped),
                }
            }
        }
    }

    /// Waits for what comes next, and takes it in hand if it is a message.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next<A::Msg>> {
        loop {
            // What was queued before a kill must not begin after it.
            if self.cell.head.has(URGENT) {
                self.hand.visit.dozing = false;
                return Poll::Ready(Next::Attend(None));
            }
            let envelope = if self.ctx.is_ringing()
                && let Some(tick) = self.ctx.next_tick()
            {
                Envelope::plain(tick)
            } else if let Some(taken) = self.ctx.batch.pop() {
                self.cell.head.vitals.custody.begin();
                taken
            } else {
                match ready!(self.poll_mailbox(cx)) {
                    Found::Message(envelope) => envelope,
                    Found::Look => continue,
                    Found::Signal(signal) => {
                        return Poll::Ready(Next::Attend(Some(signal)));
                    }
                    // Since the look above it may have been killed, which closes the mailbox too.
                    Found::Drained if self.cell.head.has(flag::KILL) => continue,
                    Found::Drained => return Poll::Ready(Next::Drained),
                }
            };
            let Envelope {
                message,
                attachment,
            } = envelope;
            let begin = match self.hand.admit(attachment, self.ctx.instance) {
                Ok(begin) => begin,
                Err(late) => {
                    late.bury(&self.cell, message);
                    continue;
                }
            };
            self.hand.name::<A>(&message);
            return Poll::Ready(match begin {
                Begin::Fault => Next::Fault,
                _ => Next::Message(message),
            });
        }
    }

    fn poll_mailbox(&mut self, cx: &mut Context<'_>) -> Poll<Found<A::Msg>> {
        if std::mem::take(&mut self.hand.visit.dozing) {
            return self.rest();
        }
        let budget = ready!(coop::poll_proceed(cx));
        let taken = if self.hand.visit.is_busy() {
            self.cell.mailbox.take(&mut self.ctx.batch)
        } else {
            match self.cell.mailbox.poll_take(&mut self.ctx.batch, cx) {
                Poll::Ready(taken) => taken,
                Poll::Pending => return self.rest(),
            }
        };
        budget.made_progress();
        if self.hand.visit.is_new() {
            let queued = || self.ctx.batch.len() + self.cell.mailbox.fill().0;
            self.pulse.begin(&self.cell.head.vitals, queued);
        }
        Poll::Ready(match taken {
            Taken::Message(envelope) => Found::Message(envelope),
            Taken::Only(envelope) => {
                self.hand.visit.dozing = true;
                Found::Message(envelope)
            }
            Taken::Messages => {
                self.cell.head.vitals.custody.take(self.ctx.batch.len());
                Found::Look
            }
            Taken::Shed(envelope) => {
                self.cell
                    .bury(envelope, Refusal::Shed, DeadLetterReason::Shed);
                Found::Look
            }
            Taken::Notice(Notice::Terminated(it)) => {
                Found::Signal(Box::new(Signal::Terminated(it)))
            }
            Taken::Notice(Notice::Message(message)) => Found::Message(Envelope::plain(message)),
            Taken::Drained => Found::Drained,
            Taken::Nothing => {
                // After a visit so busy that more can be expected: others first, then once more.
                self.hand.visit = Visit::default();
                return pin!(tokio::task::yield_now())
                    .poll(cx)
                    .map(|()| Found::Look);
            }
        })
    }

    /// Ends a visit: there is nothing to do, and the mailbox knows whom to wake.
    fn rest(&mut self) -> Poll<Found<A::Msg>> {
        self.pulse.end(&self.cell.head.vitals);
        self.hand.visit = Visit::default();
        // Looked at after the mailbox knows, so that nothing slips between.
        if self.cell.head.has(URGENT) {
            Poll::Ready(Found::Look)
        } else {
            Poll::Pending
        }
    }

    /// Looks at the control lane, and tells a signal.
    async fn attend(&mut self, actor: &mut A, signal: Option<Box<Signal>>) -> Result<(), Exit> {
        let head = &self.cell.head;
        if head.has(flag::KILL) {
            return Err(Exit::Killed);
        }
        if head.has(flag::HALT) {
            return Err(Exit::Halted { dropped: false });
        }
        if head.has(flag::EVENTS) {
            supervise(&*self.cell);
        }
        if head.lower(flag::TIMER) != 0 {
            self.ctx.ring_timers();
        }
        if head.lower(flag::SIGNALS) != 0 {
            while let Some(signal) = next_signal(&*self.cell)? {
                self.tell(actor, signal).await?;
            }
        }
        match signal {
            Some(signal) => self.tell(actor, *signal).await,
            None => Ok(()),
        }
    }

    async fn tell(&mut self, actor: &mut A, signal: Signal) -> Result<(), Exit> {
        self.hand.visit.dozing = false;
        came_to(guard(&*self.cell, actor.signal(signal, &mut self.ctx)).await)?;
        if self.ctx.ending == Some(Ending::Now) {
            return Err(Exit::Finished);
        }
        Ok(())
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
