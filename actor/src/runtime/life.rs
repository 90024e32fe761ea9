//! The task of one actor: one instance after another, until the end.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;

use super::guard::{Interrupt, guard};
use super::hand::Hand;
use super::live::Exit;
use crate::behavior::{Actor, Context, Ending};
use crate::dead_letters::DeadLetterReason;
use crate::failure::{Failure, caught, quietly};
use crate::mailbox::{Envelope, Verdict};
use crate::signal::StopReason;
use crate::supervision::ChildKind;
use crate::time::later;
use crate::tree::ladder::{self, Rung, climb};
use crate::tree::{
    ActorState, Cell, ChildChange, Command, Order, Pulse, Resident, command, finish, flag,
    stop_children, tell_parent,
};

/// In which state a failure left an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// It could go on as it is.
    Able,
    /// It could not, but its `stopped` can be called.
    InOrder,
    /// No more code of it is to run.
    Broken,
}

/// What follows an instance.
enum Next {
    /// A new instance.
    Start,
    /// The same instance goes on.
    Resume,
    Over(StopReason),
}

/// The actor's task: everything that no other task touches.
pub(super) struct Life<A: Actor, F> {
    pub(super) cell: Arc<Cell<A::Msg>>,
    pub(super) ctx: Context<A>,
    pub(super) hand: Hand,
    pub(super) pulse: Pulse,
    factory: F,
    /// Who waits for the first start.
    ready: Option<oneshot::Sender<Result<(), Failure>>>,
}

impl<A: Actor, F: FnMut() -> A + Send + 'static> Life<A, F> {
    pub(super) fn new(
        cell: Arc<Cell<A::Msg>>,
        factory: F,
        ready: oneshot::Sender<Result<(), Failure>>,
    ) -> Self {
        let ctx = Context::new(Arc::clone(&cell));
        Self {
            cell,
            ctx,
            hand: Hand::default(),
            pulse: Pulse::default(),
            factory,
            ready: Some(ready),
        }
    }

    /// The task.
    // Not an `async fn`: that would keep its `mut self` twice in the future.
    pub(super) fn run(self) -> impl Future<Output = ()> + Send {
        let mut life = self;
        async move {
            let mut actor = None;
            loop {
                // Nothing of the start is kept while the instance lives: an idle actor is small.
                let exit = 'instance: {
                    if let Err(exit) = life.begin(&mut actor).await {
                        break 'instance exit;
                    }
                    let Some(instance) = &mut actor else {
                        break 'instance Exit::Killed;
                    };
                    let live = AssertUnwindSafe(life.live(instance)).catch_unwind();
                    live.await
                        .unwrap_or_else(|payload| Exit::Failed(Failure::from_panic(payload)))
                };
                life.settle_hand(&exit);
                life.cell.head.vitals.enter(ActorState::Restarting);
                match Box::pin(life.after(exit, &mut actor)).await {
                    Next::Start => life.renew(),
                    Next::Resume => life.cell.head.vitals.enter(ActorState::Running),
                    Next::Over(reason) => return life.end(&reason),
                }
            }
        }
    }

    /// Makes an instance and starts it, unless the last one is to go on.
    async fn begin(&mut self, actor: &mut Option<A>) -> Result<(), Exit> {
        if actor.is_some() {
            return Ok(());
        }
        self.cell.head.vitals.enter(ActorState::Starting);
        let instance = actor.insert(caught(&mut self.factory).map_err(Exit::Unstarted)?);
        let started = guard(&*self.cell, instance.started(&mut self.ctx));
        match AssertUnwindSafe(started).catch_unwind().await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(failure))) => return Err(Exit::Unstarted(failure)),
            Ok(Err(Interrupt::Killed)) => return Err(Exit::Killed),
            Ok(Err(Interrupt::Halted)) => return Err(Exit::Halted { dropped: true }),
            Err(payload) => return Err(Exit::Unstarted(Failure::from_panic(payload))),
        }
        match self.ready.take() {
            Some(ready) => drop(ready.send(Ok(()))),
            None => {
                self.cell
                    .head
                    .vitals
                    .restarts
                    .fetch_add(1, Ordering::Relaxed);
                tell_parent(&self.cell.head, ChildChange::Restarted);
            }
        }
        self.cell.head.vitals.enter(ActorState::Running);
        Ok(())
    }

    /// What follows after an instance came to its end.
    async fn after(&mut self, exit: Exit, actor: &mut Option<A>) -> Next {
        if let Some(ready) = self.ready.take() {
            return self.never_started(exit, ready, actor).await;
        }
        match exit {
            // Above the root there is nobody to decide: the system stops.
            Exit::Failed(failure) | Exit::Unstarted(failure) | Exit::Escalated(failure)
                if self.cell.head.parent.is_none() =>
            {
                self.over(StopReason::Failed(failure), actor, true).await
            }
            Exit::Stopped => self.over(StopReason::Stopped, actor, true).await,
            Exit::Killed => self.over(StopReason::Killed, actor, false).await,
            Exit::Finished if self.cell.head.spec.kind != ChildKind::Permanent => {
                self.over(StopReason::Finished, actor, true).await
            }
            Exit::Finished => {
                let failure = Failure::message("a permanent child ended itself");
                self.failed(failure, StopReason::Finished, Whole::InOrder, actor)
                    .await
            }
            Exit::Failed(failure) => {
                let whole = if failure.is_panic() {
                    Whole::Broken
                } else {
                    Whole::Able
                };
                self.count_failed(failure, whole, actor).await
            }
            Exit::Unstarted(failure) => self.count_failed(failure, Whole::Broken, actor).await,
            Exit::Escalated(failure) => self.count_failed(failure, Whole::InOrder, actor).await,
            Exit::Halted { dropped } => {
                let ends_itself = self.ends_itself();
                self.end_instance((!dropped).then_some(StopReason::Stopped), actor)
                    .await;
                if ends_itself {
                    return Next::Over(StopReason::Finished);
                }
                self.dormant(Wait::ToldSo, StopReason::Stopped).await
            }
        }
    }

    async fn never_started(
        &mut self,
        exit: Exit,
        ready: oneshot::Sender<Result<(), Failure>>,
        actor: &mut Option<A>,
    ) -> Next {
        let reason = match exit {
            Exit::Failed(failure) | Exit::Unstarted(failure) => StopReason::Failed(failure),
            _ => StopReason::Killed,
        };
        let next = self.over(reason.clone(), actor, false).await;
        self.end(&reason);
        if let StopReason::Failed(failure) = reason {
            drop(ready.send(Err(failure)));
        }
        next
    }

    async fn count_failed(
        &mut self,
        failure: Failure,
        whole: Whole,
        actor: &mut Option<A>,
    ) -> Next {
        self.cell.head.vitals.failed.fetch_add(1, Ordering::Relaxed);
        let why = StopReason::Failed(failure.clone());
        self.failed(failure, why, whole, actor).await
    }

    /// Reports a failure and does as the supervisor says.
    async fn failed(
        &mut self,
        failure: Failure,
        why: StopReason,
        whole: Whole,
        actor: &mut Option<A>,
    ) -> Next {
        let resumable = whole == Whole::Able;
        let orderly = whole != Whole::Broken;
        let reason = orderly.then(|| why.clone());
        let head = &self.cell.head;
        let ending = self.ends_itself() || head.has(flag::STOP);
        let failed = ChildChange::Failed {
            failure,
            resumable,
            ending,
        };
        tell_parent(head, failed);
        // One that is to end waits all the same: it may go on to its end.
        let heed = if ending { 0 } else { flag::STOP };
        let wait = match command(&*self.cell, heed, None).await {
            Order::Given(Command::Resume) if resumable => return Next::Resume,
            Order::Kill => return self.over(StopReason::Killed, actor, false).await,
            // Stopped also when its failure escalated: it ends for that, not for the stop.
            Order::Given(Command::End) | Order::Stop => {
                return self.over(why, actor, orderly).await;
            }
            _ if ending => return self.over(why, actor, orderly).await,
            Order::Given(Command::Restart { after } | Command::Start { after }) => Wait::For(after),
            Order::Given(Command::Resume) | Order::Slept => Wait::For(Duration::ZERO),
            Order::Halt => Wait::ToldSo,
        };
        self.end_instance(reason, actor).await;
        self.dormant(wait, why).await
    }

    /// Waits, without an instance, until the next one may be made. A stop is final and makes none:
    /// the actor then ends for what ended its last instance.
    async fn dormant(&mut self, mut wait: Wait, why: StopReason) -> Next {
        loop {
            let until = match wait {
                Wait::For(Duration::ZERO) if !self.cell.head.has(flag::STOP | flag::KILL) => {
                    return Next::Start;
                }
                Wait::For(after) => Some(later(after)),
                Wait::ToldSo => {
                    ladder::leave(&*self.cell);
                    tell_parent(&self.cell.head, ChildChange::Halted);
                    None
                }
            };
            wait = match command(&*self.cell, flag::STOP, until).await {
                Order::Slept | Order::Given(Command::Resume) => return Next::Start,
                Order::Given(Command::Restart { after } | Command::Start { after }) => {
                    Wait::For(after)
                }
                Order::Halt => Wait::ToldSo,
                Order::Given(Command::End) | Order::Stop => return Next::Over(why),
                Order::Kill => return Next::Over(StopReason::Killed),
            };
        }
    }

    /// Ends the instance and the actor.
    async fn over(&mut self, why: StopReason, actor: &mut Option<A>, orderly: bool) -> Next {
        self.cell.mailbox.close();
        // Before the children are waited for.
        self.bury_queued();
        self.end_instance(orderly.then(|| why.clone()), actor).await;
        Next::Over(why)
    }

    /// Ends what belongs to the instance: its tasks and timers, its children in reverse order, and
    /// at last itself; `stopped` is called where `reason` is given.
    async fn end_instance(&mut self, reason: Option<StopReason>, actor: &mut Option<A>) {
        ladder::leave(&*self.cell);
        self.cell.head.lower(flag::HALT | flag::DROP);
        self.ctx.end_instance();
        self.ctx.unstash_all();
        stop_children(&*self.cell).await;
        if let (Some(reason), Some(instance)) = (reason, actor.as_mut()) {
            climb(&(Arc::clone(&self.cell) as _), Rung::Halting, 0);
            let stopped = guard(&*self.cell, instance.stopped(reason, &mut self.ctx));
            if let Err(payload) = AssertUnwindSafe(stopped).catch_unwind().await {
                let failure = Failure::from_panic(payload);
                tracing::error!(actor = %self.ctx.path(), %failure, "the stopped hook failed");
            }
            ladder::leave(&*self.cell);
            self.cell.head.lower(flag::DROP);
            self.ctx.end_instance();
        }
        let instance = actor.take();
        quietly(move || drop(instance));
    }
}

impl<A: Actor, F> Life<A, F> {
    /// Whether it has ended itself, for good, and handles the last messages.
    fn ends_itself(&self) -> bool {
        self.ctx.ending == Some(Ending::Drained)
    }

    /// Makes ready for a new instance, which may have children again.
    fn renew(&mut self) {
        self.ctx.instance += 1;
        let mut family = self.cell.head.family.lock();
        self.cell.head.lower(flag::CLOSING);
        if let Some(family) = family.as_mut() {
            family.reopen();
        }
    }

    /// Tells the asker of the message in hand how it ended, and counts the message.
    fn settle_hand(&mut self, exit: &Exit) {
        let (verdict, reason) = match exit {
            Exit::Failed(failure) | Exit::Unstarted(failure) | Exit::Escalated(failure) => (
                Verdict::Failed(failure.clone()),
                DeadLetterReason::Failed(failure.clone()),
            ),
            Exit::Stopped | Exit::Finished | Exit::Killed | Exit::Halted { .. } => {
                (Verdict::Killed, DeadLetterReason::Killed)
            }
        };
        self.hand.span = None;
        let Some(variant) = self.hand.variant.take() else {
            return;
        };
        if let Some(attachment) = self.hand.attachment.take() {
            attachment.settle(&verdict);
        }
        let hub = &self.cell.head.environment.dead_letters;
        hub.bury::<A::Msg>(|| self.cell.head.path(), variant, reason, None);
    }

    /// The end.
    fn end(&mut self, reason: &StopReason) {
        self.ctx.forget_watches();
        self.bury_queued();
        finish(&*self.cell, reason);
    }

    /// Buries what was taken and not handled, what is stashed, and what is queued.
    fn bury_queued(&mut self) {
        self.cell.mailbox.close();
        // What is in the batch and counts as queued.
        let held = self.cell.mailbox.let_go();
        self.cell.head.vitals.custody.add(held);
        for envelope in self.ctx.batch.take_all() {
            self.cell.bury_taken(envelope);
        }
        for message in self.ctx.take_stash() {
            self.cell.bury_taken(Envelope::plain(message));
        }
        self.cell.drain_mailbox();
    }
}

/// A task that is dropped with its runtime ends its actor like a kill.
impl<A: Actor, F> Drop for Life<A, F> {
    fn drop(&mut self) {
        self.settle_hand(&Exit::Killed);
        // The alarm of its timers holds the cell, which holds the alarms.
        self.ctx.end_instance();
        self.end(&StopReason::Killed);
    }
}

/// For what an actor without an instance waits.
enum Wait {
    /// The backoff.
    For(Duration),
    /// Its supervisor, which is told that it has halted.
    ToldSo,
}
