//! The actor that a pool's workers are children of.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::elastic::Sizer;
use super::handle::Shared;
use super::routing::Worker;
use super::spawn::{Plan, PoolError};
use crate::behavior::{Actor, Context};
use crate::failure::ActorResult;
use crate::refs::Reply;
use crate::runtime::SpawnError;
use crate::signal::Signal;

/// What a pool's supervisor is told.
pub(super) enum Order {
    /// To have so many workers.
    Resize(usize, Reply<Result<(), PoolError>>),
    /// To look whether they are too many or too few.
    Look,
}

/// Keeps as many workers as it was told, and the list by which senders find them.
pub(super) struct Supervisor<A: Actor> {
    plan: Arc<Plan<A>>,
    shared: Arc<Shared<A::Msg>>,
    next_number: u64,
    sizer: Option<Sizer>,
}

impl<A: Actor> Supervisor<A> {
    pub(super) fn new(plan: Arc<Plan<A>>, shared: Arc<Shared<A::Msg>>) -> Self {
        let sizer = plan.elastic.map(Sizer::new);
        Self {
            plan,
            shared,
            next_number: 0,
            sizer,
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

    async fn resize(&mut self, workers: usize, ctx: &mut Context<Self>) -> Result<(), SpawnError> {
        let now = self.shared.workers.lock().len();
        let result = if workers >= now {
            self.grow(workers - now, ctx).await
        } else {
            self.shrink(now - workers);
            Ok(())
        };
        let workers = match result {
            Ok(()) => workers,
            Err(_) => self.shared.workers.lock().len(),
        };
        self.plan.workers.store(workers, Ordering::Relaxed);
        result
    }

    /// As an elastic pool, has as many as it needs.
    async fn look(&mut self, ctx: &mut Context<Self>) {
        let now = self.shared.workers.lock().len();
        let wanted = match &mut self.sizer {
            Some(sizer) => sizer.look(now, self.shared.fill()),
            None => now,
        };
        if wanted != now
            && let Err(error) = self.resize(wanted, ctx).await
        {
            tracing::warn!(pool = %ctx.path(), %error, "an elastic pool could not grow");
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
    type Msg = Order;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        ctx.supervise(self.plan.strategy.clone());
        self.change(Vec::clear);
        let workers = self.plan.workers.load(Ordering::Relaxed);
        self.grow(workers, ctx).await?;
        if let Some(elastic) = &self.plan.elastic {
            ctx.set_interval("look", elastic.period(), || Order::Look)?;
        }
        Ok(())
    }

    async fn handle(&mut self, order: Order, ctx: &mut Context<Self>) -> ActorResult {
        match order {
            Order::Resize(workers, reply) => {
                reply.send(self.resize(workers, ctx).await.map_err(PoolError::Spawn));
            }
            Order::Look => self.look(ctx).await,
        }
        Ok(())
    }

    async fn signal(&mut self, signal: Signal, _ctx: &mut Context<Self>) -> ActorResult {
        if let Signal::ChildStopped { path, .. } = signal {
            self.change(|workers| workers.retain(|worker| worker.actor.path() != path));
        }
        Ok(())
    }
}
