//! [`MakeMessage`]: what makes the messages of an ask, and for how many attempts.

use std::fmt;

use crate::refs::Reply;

/// Makes the message of each attempt of a guarded ask: a closure that can do so once, one that can
/// again and again, or the arguments of a generated call.
///
/// Nobody else can implement it.
pub trait MakeMessage<M, R>: sealed::Sealed {
    /// The next message; `None` once what it takes is spent.
    fn make(&mut self, reply: Reply<R>) -> Option<M>;

    /// Whether there is a next one.
    fn has_more(&self) -> bool;
}

mod sealed {
    pub trait Sealed {}
}

/// A closure that makes one message.
pub struct Once<F>(pub(super) Option<F>);

impl<F> sealed::Sealed for Once<F> {}

impl<M, R, F: FnOnce(Reply<R>) -> M> MakeMessage<M, R> for Once<F> {
    fn make(&mut self, reply: Reply<R>) -> Option<M> {
        self.0.take().map(|make| make(reply))
    }

    fn has_more(&self) -> bool {
        self.0.is_some()
    }
}

/// A closure that makes any number.
pub struct Each<F>(pub(super) F);

impl<F> sealed::Sealed for Each<F> {}

impl<M, R, F: FnMut(Reply<R>) -> M> MakeMessage<M, R> for Each<F> {
    fn make(&mut self, reply: Reply<R>) -> Option<M> {
        Some((self.0)(reply))
    }

    fn has_more(&self) -> bool {
        true
    }
}

/// The arguments of a generated call: spent by the first message, unless it is idempotent.
pub struct Arguments<A, M, R> {
    pub(super) arguments: Option<A>,
    pub(super) make: fn(&mut Option<A>, Reply<R>) -> Option<M>,
}

impl<A, M, R> sealed::Sealed for Arguments<A, M, R> {}

impl<A, M, R> MakeMessage<M, R> for Arguments<A, M, R> {
    fn make(&mut self, reply: Reply<R>) -> Option<M> {
        (self.make)(&mut self.arguments, reply)
    }

    fn has_more(&self) -> bool {
        self.arguments.is_some()
    }
}

macro_rules! hide {
    ($name:ident<$($type:ident),*>) => {
        impl<$($type),*> fmt::Debug for $name<$($type),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

hide!(Once<F>);
hide!(Each<F>);
hide!(Arguments<A, M, R>);
