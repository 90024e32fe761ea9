//! [`Guarded`]: a reference whose every call passes a pipeline.

use std::fmt;
use std::sync::Arc;

use greenroom_resilience::Pipeline;

use super::ask::GuardedAsk;
use super::error::GuardedError;
use super::message::{Arguments, Each, Once};
use super::tell::{self, GuardedTell};
use crate::refs::actor_ref::ActorRef;
use crate::refs::deliver::{Choose, Deliver, Way};
use crate::refs::reply::Reply;
use crate::refs::target::Target;

/// An actor, or a pool of them, behind a pipeline of policies; see [`ActorRef::guarded`].
///
/// It has the verbs of a reference, and the calls that [`actor`](macro@crate::actor) writes. It is
/// cheap to clone; all clones, and all that is made with the same pipeline, share its state. See
/// the [guide](crate::guide::guarded).
pub struct Guarded<M> {
    aim: Aim<M>,
    pipeline: Pipeline,
}

enum Aim<M> {
    Actor(Arc<dyn Deliver<M>>),
    Pool(Arc<dyn Choose<M>>),
}

impl<M: Send + 'static> ActorRef<M> {
    /// This reference behind a pipeline: every tell and ask passes its policies.
    ///
    /// What an attempt came to is known from its error: one that was *refused*, as by a full
    /// mailbox, may be tried again, and its message is sent again as it is. One of *unknown*
    /// outcome is tried again only where the pipeline is idempotent and the message can be made
    /// anew: by a call of `#[message(idempotent)]`, or by [`ask_each`](Guarded::ask_each).
    ///
    /// The pipeline's time-outs are the deadline of the asks inside: it travels with them.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use greenroom::prelude::*;
    /// use greenroom_resilience::{Breaker, Pipeline, Retry};
    /// # #[derive(Default)] struct Counter { count: u64 }
    /// # #[actor] impl Counter {
    /// #     #[message(idempotent)] fn get(&mut self) -> u64 { self.count }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let counter = System::new("demo").spawn("counter", Counter::default).await?;
    /// let patient = Pipeline::builder("counter")
    ///     .timeout(Duration::from_secs(2))
    ///     .retry(Retry::exponential(Duration::from_millis(20)..=Duration::from_millis(500)))
    ///     .circuit_breaker(Breaker::rate(0.5))
    ///     .attempt_timeout(Duration::from_millis(400))
    ///     .idempotent()
    ///     .build()?;
    /// let count = counter.guarded(&patient).get().await?;
    /// # assert_eq!(count, 0); Ok(()) }
    /// ```
    #[must_use]
    pub fn guarded(&self, pipeline: &Pipeline) -> Guarded<M> {
        Guarded {
            aim: Aim::Actor(Arc::clone(self.port())),
            pipeline: pipeline.clone(),
        }
    }
}

impl<M: Send + 'static> Guarded<M> {
    pub(crate) fn pool(pool: Arc<dyn Choose<M>>, pipeline: &Pipeline) -> Self {
        Self {
            aim: Aim::Pool(pool),
            pipeline: pipeline.clone(),
        }
    }

    /// Queues a message, as [`ActorRef::tell`]. The policies count whether it was queued; what its
    /// handler made of it a tell never knows.
    ///
    /// # Errors
    ///
    /// The future ends with a [`GuardedError`], which gives the message back.
    ///
    /// # Cancel safety
    ///
    /// As for [`ActorRef::tell`]; every permit is given back.
    pub fn tell(&self, message: M) -> GuardedTell<'_, M> {
        GuardedTell::new(self, message)
    }

    /// Queues a message if the policies let it through now and there is room now; it never waits,
    /// and may be called from any code.
    ///
    /// # Errors
    ///
    /// [`GuardedError`] gives the message back: a policy turned it away or would have it wait,
    /// there is no room, or the actor has stopped.
    pub fn try_tell(&self, message: M) -> Result<(), GuardedError<M>> {
        tell::try_tell(self, message)
    }

    /// Sends a message that holds a [`Reply`], and waits for the answer, as [`ActorRef::ask`].
    ///
    /// `make` is called once. Its message is sent again while it is still here, so after it was
    /// refused by a full mailbox; what was queued and lost is not: see
    /// [`ask_each`](Self::ask_each).
    ///
    /// # Errors
    ///
    /// The future ends with a [`GuardedError`], which says what is known.
    ///
    /// # Cancel safety
    ///
    /// As for [`ActorRef::ask`]; every permit is given back.
    pub fn ask<R, F>(&self, make: F) -> GuardedAsk<'_, M, R, Once<F>>
    where
        R: Send + 'static,
        F: FnOnce(Reply<R>) -> M,
    {
        GuardedAsk::new(self, Once(Some(make)))
    }

    /// As [`ask`](Self::ask), with a closure that makes the message anew where the last is gone.
    ///
    /// So it is tried again also after its mailbox or its handler lost it: where that was before it
    /// was handled, always; where nobody knows, only if the pipeline is idempotent.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    ///
    /// # Cancel safety
    ///
    /// As for [`ask`](Self::ask).
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # use greenroom::{Guarded, GuardedError};
    /// # enum Msg { Find(String, Reply<u64>) }
    /// # async fn demo(stock: Guarded<Msg>, name: &str) -> Result<(), GuardedError<Msg>> {
    /// let found = stock.ask_each(|reply| Msg::Find(name.to_owned(), reply)).await?;
    /// # let _ = found; Ok(()) }
    /// ```
    pub fn ask_each<R, F>(&self, make: F) -> GuardedAsk<'_, M, R, Each<F>>
    where
        R: Send + 'static,
        F: FnMut(Reply<R>) -> M,
    {
        GuardedAsk::new(self, Each(make))
    }

    pub(super) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    pub(super) fn way(&self) -> Way<'_, M> {
        match &self.aim {
            Aim::Actor(port) => Way::Borrowed(port),
            Aim::Pool(several) => Way::Open(Arc::clone(several)),
        }
    }

    /// Whether another attempt may go to another actor.
    pub(super) fn is_pool(&self) -> bool {
        matches!(self.aim, Aim::Pool(_))
    }
}

impl<M: Send + 'static> Target for Guarded<M> {
    type Msg = M;
    type TellError = GuardedError<M>;
    type AskError = GuardedError<M>;
    type Tell<'a, A: Send + 'static> = GuardedTell<'a, M>;
    type Ask<'a, A: Send + 'static, R: Send + 'static> = GuardedAsk<'a, M, R, Arguments<A, M, R>>;

    fn call_tell<A: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>) -> Option<M>,
    ) -> GuardedTell<'_, M> {
        self.tell(make(&mut Some(arguments)).expect("the first attempt has its arguments"))
    }

    fn call_ask<A: Send + 'static, R: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>, Reply<R>) -> Option<M>,
    ) -> GuardedAsk<'_, M, R, Arguments<A, M, R>> {
        let arguments = Some(arguments);
        GuardedAsk::new(self, Arguments { arguments, make })
    }
}

impl<M> Clone for Guarded<M> {
    fn clone(&self) -> Self {
        let aim = match &self.aim {
            Aim::Actor(port) => Aim::Actor(Arc::clone(port)),
            Aim::Pool(several) => Aim::Pool(Arc::clone(several)),
        };
        Self {
            aim,
            pipeline: self.pipeline.clone(),
        }
    }
}

impl<M> fmt::Debug for Guarded<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match &self.aim {
            Aim::Actor(port) => port.path(),
            Aim::Pool(several) => several.nobody().path(),
        };
        write!(f, "Guarded({path} by {:?})", self.pipeline.name())
    }
}
