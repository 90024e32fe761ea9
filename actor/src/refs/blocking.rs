//! The verbs for code that is not async: a thread of one's own, a blocking actor, `spawn_blocking`.

use super::actor_ref::ActorRef;
use super::error::{AskError, SendError};
use super::reply::Reply;

impl<M: Send + 'static> ActorRef<M> {
    /// [`tell`](Self::tell) from sync code: blocks the thread while there is no room, for at most
    /// 5 s.
    ///
    /// From a thread of the program's own or from `spawn_blocking`; handlers, also those of
    /// blocking actors, are async code and use `tell`.
    ///
    /// # Errors
    ///
    /// As [`tell`](Self::tell).
    ///
    /// # Panics
    ///
    /// When called from async code: blocking a worker of the runtime could block what it waits for.
    /// The hooks of a blocking actor run on a thread of its own and may call it.
    pub fn blocking_tell(&self, message: M) -> Result<(), SendError<M>> {
        match self.port().environment().runtime() {
            Some(runtime) => runtime.block_on(self.tell(message)),
            None => Err(SendError::Stopped(message)),
        }
    }

    /// [`ask`](Self::ask) from sync code: blocks the thread until there is an answer, for at most
    /// 5 s.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    ///
    /// # Panics
    ///
    /// When called from async code, as [`blocking_tell`](Self::blocking_tell).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use greenroom::prelude::*;
    /// # fn demo(counter: ActorRef<Reply<u64>>) {
    /// std::thread::spawn(move || match counter.blocking_ask(|reply| reply) {
    ///     Ok(count) => println!("{count}"),
    ///     Err(error) => eprintln!("{error}"),
    /// });
    /// # }
    /// ```
    pub fn blocking_ask<R, F>(&self, make: F) -> Result<R, AskError>
    where
        R: Send + 'static,
        F: FnOnce(Reply<R>) -> M,
    {
        match self.port().environment().runtime() {
            Some(runtime) => runtime.block_on(self.ask(make)),
            None => Err(AskError::Stopped),
        }
    }
}
