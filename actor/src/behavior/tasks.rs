//! Tasks that an actor owns: they end with its instance, and their results come as messages.

use std::any::type_name;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use thiserror::Error;
use tokio::task::{AbortHandle, JoinSet};

use super::actor::Actor;
use super::context::Context;
use crate::dead_letters::DeadLetterReason;
use crate::failure::Failure;
use crate::mailbox::{Attachment, Begin, Envelope};
use crate::refs::{Deliver, Place, Undelivered};

/// How many tasks an instance may have under way.
const TASKS_MAX: usize = 10_000;

/// The actor has as many tasks under way as it may; let some end first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the actor has {TASKS_MAX} tasks under way already")]
pub struct TooManyTasks;

/// The tasks of one instance; dropping it aborts them.
#[derive(Default)]
pub(crate) struct Tasks(JoinSet<()>);

impl<A: Actor> Context<A> {
    /// Runs a future beside the messages. The task belongs to this instance: it is aborted when the
    /// instance ends. A panic in it is logged and goes no further.
    ///
    /// It runs on the runtime's threads and must not block them.
    /// [`pipe_to_self`](Self::pipe_to_self) is for those that have a result.
    ///
    /// # Errors
    ///
    /// [`TooManyTasks`] with 10,000 of them under way.
    pub fn spawn_task(
        &mut self,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> Result<AbortHandle, TooManyTasks> {
        let path = self.path();
        self.start_task(async move {
            if let Err(payload) = AssertUnwindSafe(future).catch_unwind().await {
                let failure = Failure::from_panic(payload);
                tracing::error!(actor = %path, %failure, "a task of the actor failed");
            }
        })
    }

    /// Runs a future beside the messages, and sends this actor what `map` makes of its result, or
    /// of its panic. The result waits in its task until the mailbox has room.
    ///
    /// The task is aborted when the instance ends; a result that had been queued by then, or waited
    /// for room, is dropped and counted, so that no instance gets the results of another.
    ///
    /// # Errors
    ///
    /// [`TooManyTasks`] with 10,000 of them under way.
    ///
    /// # Examples
    ///
    /// An ask in a task leaves the actor free to handle other messages meanwhile:
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # struct Rates;
    /// # #[actor] impl Rates { #[message] fn rate(&mut self) -> u32 { 7 } }
    /// # enum ShopMsg { Rated(Result<Result<u32, AskError>, Failure>) }
    /// # fn demo<A: Actor<Msg = ShopMsg>>(
    /// #     ctx: &mut Context<A>, rates: ActorRef<RatesMsg>) -> ActorResult {
    /// ctx.pipe_to_self(async move { rates.rate().await }, ShopMsg::Rated)?;
    /// # Ok(()) }
    /// ```
    pub fn pipe_to_self<T: Send + 'static>(
        &mut self,
        future: impl Future<Output = T> + Send + 'static,
        map: impl FnOnce(Result<T, Failure>) -> A::Msg + Send + 'static,
    ) -> Result<AbortHandle, TooManyTasks> {
        let myself = self.myself();
        let instance = self.instance;
        let path = self.path();
        self.start_task(async move {
            let result = AssertUnwindSafe(future).catch_unwind().await;
            let result = result.map_err(Failure::from_panic);
            match crate::failure::caught(|| map(result)) {
                Ok(message) => deliver(Place::new(&**myself.port()), message, instance).await,
                Err(failure) => {
                    tracing::error!(actor = %path, %failure, "pipe_to_self: map failed")
                }
            }
        })
    }

    pub(crate) fn start_task(
        &mut self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> Result<AbortHandle, TooManyTasks> {
        let tasks = &mut self.rare().tasks.0;
        while tasks.try_join_next().is_some() {}
        if tasks.len() >= TASKS_MAX {
            return Err(TooManyTasks);
        }
        Ok(tasks.spawn(task))
    }

    pub(crate) fn abort_tasks(&mut self) {
        if let Some(rare) = &mut self.rare {
            let tasks = std::mem::take(&mut rare.tasks);
            crate::failure::quietly(move || drop(tasks));
        }
    }
}

/// Queues a result for the instance it belongs to, once there is room; gives up when the actor
/// ends.
pub(super) async fn deliver<M: Send + 'static>(mut place: Place<'_, M>, message: M, instance: u32) {
    let port = place.port();
    let mut result = Unsent {
        port,
        message: Some(message),
    };
    // Where the policy is not to wait, it decides about results as about all messages.
    place.reserve().await.ok();
    let Some(message) = result.message.take() else {
        return;
    };
    let envelope = Envelope {
        message,
        attachment: Some(Arc::new(OfInstance(instance)) as _),
    };
    // Nobody is there to take it back, so it is counted here.
    if let Err(Undelivered::Refused(refused)) = place.push(envelope) {
        bury(port, refused.why.reason(), refused.envelope.message);
    }
}

fn bury<M: Send + 'static>(port: &dyn Deliver<M>, reason: DeadLetterReason, message: M) {
    let hub = &port.environment().dead_letters;
    hub.bury(|| port.path(), type_name::<M>(), reason, Some(message));
}

/// A result that waits for room; it is counted when its task is aborted.
struct Unsent<'a, M: Send + 'static> {
    port: &'a dyn Deliver<M>,
    message: Option<M>,
}

impl<M: Send + 'static> Drop for Unsent<'_, M> {
    fn drop(&mut self) {
        if let Some(message) = self.message.take() {
            let reason = if self.port.is_stopped() {
                DeadLetterReason::Stopped
            } else {
                DeadLetterReason::Stale
            };
            bury(self.port, reason, message);
        }
    }
}

/// The attachment of what only one instance may handle.
struct OfInstance(u32);

impl Attachment for OfInstance {
    fn begin(&self, instance: u32) -> Begin {
        if instance == self.0 {
            Begin::Go
        } else {
            Begin::Stale
        }
    }
}
