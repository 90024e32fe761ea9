//! What the call methods that `#[actor]` writes can be called on.

use std::future::Future;

use super::actor_ref::ActorRef;
use super::ask::Ask;
use super::error::{AskError, SendError};
use super::reply::Reply;
use super::tell::Tell;

/// Everything that messages of one type can be sent to: a reference, a pool.
///
/// The trait of call methods that [`actor`](macro@crate::actor) writes is implemented for all of
/// them. What makes a message of the arguments is a function pointer, since a closure could not be
/// named in the associated types; it returns `None` once the arguments are spent, so a target that
/// tries more than once can't send the same arguments twice.
#[diagnostic::on_unimplemented(
    message = "`{Self}` takes no messages",
    note = "calls go to an `ActorRef`, a `Pool`, or a reference to one of them"
)]
pub trait Target {
    /// The messages it takes.
    type Msg: Send + 'static;
    /// What a call without a value ends with when it fails.
    type TellError;
    /// What a call for a value ends with when it fails.
    type AskError;
    /// The future of a call without a value.
    type Tell<'a, A: Send + 'static>: Future<Output = Result<(), Self::TellError>> + Send
    where
        Self: 'a;
    /// The future of a call for a value.
    type Ask<'a, A: Send + 'static, R: Send + 'static>: Future<Output = Result<R, Self::AskError>>
        + Send
    where
        Self: 'a;

    /// Tells the message that `make` makes of `arguments`.
    fn call_tell<A: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>) -> Option<Self::Msg>,
    ) -> Self::Tell<'_, A>;

    /// Asks with the message that `make` makes of `arguments` and a reply.
    fn call_ask<A: Send + 'static, R: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>, Reply<R>) -> Option<Self::Msg>,
    ) -> Self::Ask<'_, A, R>;
}

impl<M: Send + 'static> Target for ActorRef<M> {
    type Msg = M;
    type TellError = SendError<M>;
    type AskError = AskError;
    type Tell<'a, A: Send + 'static> = Tell<'a, M>;
    type Ask<'a, A: Send + 'static, R: Send + 'static> = Ask<'a, M, R>;

    fn call_tell<A: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>) -> Option<M>,
    ) -> Tell<'_, M> {
        self.tell(make(&mut Some(arguments)).expect("the first attempt has its arguments"))
    }

    fn call_ask<A: Send + 'static, R: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>, Reply<R>) -> Option<M>,
    ) -> Ask<'_, M, R> {
        self.ask(|reply| {
            make(&mut Some(arguments), reply).expect("the first attempt has its arguments")
        })
    }
}

impl<T: Target + ?Sized> Target for &T {
    type Msg = T::Msg;
    type TellError = T::TellError;
    type AskError = T::AskError;
    type Tell<'a, A: Send + 'static>
        = T::Tell<'a, A>
    where
        Self: 'a;
    type Ask<'a, A: Send + 'static, R: Send + 'static>
        = T::Ask<'a, A, R>
    where
        Self: 'a;

    fn call_tell<A: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>) -> Option<T::Msg>,
    ) -> T::Tell<'_, A> {
        T::call_tell(self, arguments, make)
    }

    fn call_ask<A: Send + 'static, R: Send + 'static>(
        &self,
        arguments: A,
        make: fn(&mut Option<A>, Reply<R>) -> Option<T::Msg>,
    ) -> T::Ask<'_, A, R> {
        T::call_ask(self, arguments, make)
    }
}
