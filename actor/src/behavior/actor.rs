//! The trait that makes a type an actor.

use std::future::{Future, ready};

use super::context::Context;
use crate::failure::ActorResult;
use crate::signal::{Signal, StopReason};
use crate::supervision::Strategy;

/// A type that handles messages one after the other.
///
/// Write the hooks as plain `async fn`. `handle` may borrow `self` across an await; a handler that
/// never awaits costs no more than a function call. A panic in any hook is caught and is a failure
/// like an `Err`: the supervisor decides what follows.
///
/// ```
/// use greenroom::prelude::*;
///
/// #[derive(Default)]
/// struct Counter {
///     count: u64,
/// }
///
/// enum CounterMsg {
///     Add(u64),
///     Get(Reply<u64>),
/// }
///
/// impl Actor for Counter {
///     type Msg = CounterMsg;
///
///     async fn handle(&mut self, msg: CounterMsg, _ctx: &mut Context<Self>) -> ActorResult {
///         match msg {
///             CounterMsg::Add(n) => self.count += n,
///             CounterMsg::Get(reply) => reply.send(self.count),
///         }
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an actor",
    label = "this is what would be spawned",
    note = "implement `greenroom::Actor` for it, or put `#[actor]` on an `impl` block of its \
            methods",
    note = "`spawn` takes a factory, `|| MyActor::new()`, so that it can start the actor again"
)]
pub trait Actor: Sized + Send + 'static {
    /// What it can be sent; usually an enum, stored unboxed in the mailbox.
    type Msg: Send + 'static;

    /// Runs before the first message of each instance. `spawn` returns once it has succeeded.
    ///
    /// The place for what an instance needs: files, children, timers, watches. It has no time-out,
    /// as it may have much to load; siblings that are restarted together wait for each other's.
    /// Whoever spawns can set one, and stop and kill end it within their graces.
    ///
    /// # Errors
    ///
    /// At the first start the error goes to the one who spawns; later it is a failure.
    ///
    /// # Cancel safety
    ///
    /// As for [`handle`](Self::handle).
    fn started(&mut self, ctx: &mut Context<Self>) -> impl Future<Output = ActorResult> + Send {
        let _ = ctx;
        ready(Ok(()))
    }

    /// Handles one message.
    ///
    /// # Errors
    ///
    /// An error is a failure of the actor, not an answer: the message is lost, its asker is told
    /// [`AskError::Failed`](crate::AskError::Failed), and the supervisor decides what follows.
    /// Errors that belong to the caller go into the reply.
    ///
    /// # Panics
    ///
    /// A panic is caught, and is a failure after which the instance never goes on.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped at an await when the actor is killed, or when its grace is over at a
    /// restart for a sibling. The instance goes with it, so only what others can see has to be
    /// whole at each await.
    fn handle(
        &mut self,
        message: Self::Msg,
        ctx: &mut Context<Self>,
    ) -> impl Future<Output = ActorResult> + Send;

    /// Is told, between two messages, of the end of watched actors and of children. By default it
    /// does nothing.
    ///
    /// # Errors
    ///
    /// As for [`handle`](Self::handle).
    ///
    /// # Cancel safety
    ///
    /// As for [`handle`](Self::handle).
    fn signal(
        &mut self,
        signal: Signal,
        ctx: &mut Context<Self>,
    ) -> impl Future<Output = ActorResult> + Send {
        let _ = (signal, ctx);
        ready(Ok(()))
    }

    /// Runs when an instance ends orderly: after a stop and after an `Err`, not after a panic or a
    /// kill. Its children have ended by then.
    ///
    /// A panic in it is logged and changes nothing.
    ///
    /// # Cancel safety
    ///
    /// Dropped at an await when the actor's stop grace is over.
    fn stopped(
        &mut self,
        reason: StopReason,
        ctx: &mut Context<Self>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (reason, ctx);
        ready(())
    }

    /// How the actor supervises its children, unless `started` sets something else with
    /// [`Context::supervise`]. The default is [`Strategy::one_for_one`].
    #[must_use]
    fn supervision() -> Strategy {
        Strategy::default()
    }

    /// Names a message in logs and dead letters. The default is the type's name; `#[actor]` gives
    /// the variant's.
    fn describe(message: &Self::Msg) -> &'static str {
        let _ = message;
        std::any::type_name::<Self::Msg>()
    }
}
