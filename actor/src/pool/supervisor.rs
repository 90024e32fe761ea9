//! The actor that a pool's workers are children of.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::handle::Shared;
use super::routing::Worker;
use super::spawn::{Plan, PoolError};
use crate::behavior::{Actor, Context};
use crate::failure::ActorResult;
use crate::refs::Reply;
use crate::runtime::SpawnError;
use crate::signal::Signal;

/// The one message of a pool's supervisor.
pub(super) struct Resize {
    pub(super) workers: usize,
    pub(super) reply: Reply<Result<(), PoolError>>,
}

/// Keeps as many workers as it was told, and the list by which senders find them.
pub(super) struct Supervisor<A: Actor> {
    plan: Arc<Plan<A>>,
    shared: Arc<Shared<A::Msg>>,
    next_number: u64,
}

impl<A: Actor> Supervisor<A> {
    pub(super) fn new(plan: Arc<Plan<A>>, shared: Arc<Shared<A::Msg>>) -> Self {
        Self {
            plan,
            shared,
            next_number: 0,
        }
    }

    async fn grow(&mut self, by: usize, ctx: &mut Context<Self>) -> Result<(), SpawnError> {
        for _ in 0..by {
            let number = self.next_number;
            let plan = Arc::clone(&self.plan);
            let settings = Arc::clone(&self.plan);
            let actor = ctx
                .spawn(format!("worker-{number}"), move || (plan.factory)())
                .kind(self.plan.kind)
                .mailbox(move |mailbox| match &settings.mailbox {
                    Some(with) => with(mailbox),
                    None => mailbox,
                })
                .await?;
            self.next_number += 1;
            self.change(|workers| workers.push(Worker { number, actor }));
        }
        Ok(())
    }

    fn shrink(&mut self, by: usize) {
        for _ in 0..by {
            let gone = self.change(Vec::pop);
            if let Some(worker) = gone {
                worker.actor.stop();
            }
        }
    }

    fn change<T>(&self, how: impl FnOnce(&mut Vec<Worker<A::Msg>>) -> T) -> T {
        // Nobody else changes it, so the lock is held for the exchange alone: what goes may be the
        // last reference to a worker, with closures of the user's.
        let now = Arc::clone(&self.shared.workers.lock());
        let copy = |worker: &Worker<A::Msg>| Worker {
            number: worker.number,
            actor: worker.actor.clone(),
        };
        let mut workers = now.iter().map(copy).collect();
        let result = how(&mut workers);
        let former = std::mem::replace(&mut *self.shared.workers.lock(), workers.into());
        drop(former);
        result
    }
}

impl<A: Actor> Actor for Supervisor<A> {
    type Msg = Resize;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        ctx.supervise(self.plan.strategy.clone());
        self.change(Vec::clear);
        let workers = self.plan.workers.load(Ordering::Relaxed);
        self.grow(workers, ctx).await?;
        Ok(())
    }

    async fn handle(&mut self, message: Resize, ctx: &mut Context<Self>) -> ActorResult {
        let Resize { workers, reply } = message;
        let now = self.shared.workers.lock().len();
        let result = if workers >= now {
            self.grow(workers - now, ctx)
                .await
                .map_err(PoolError::Spawn)
        } else {
            self.shrink(now - workers);
            Ok(())
        };
        let workers = if result.is_ok() {
            workers
        } else {
            self.shared.workers.lock().len()
        };
        self.plan.workers.store(workers, Ordering::Relaxed);
        reply.send(result);
        Ok(())
    }

    async fn signal(&mut self, signal: Signal, _ctx: &mut Context<Self>) -> ActorResult {
        if let Signal::ChildStopped { path, .. } = signal {
            self.change(|workers| workers.retain(|worker| worker.actor.path() != path));
        }
        Ok(())
    }
}
