//! Streams as a source of messages: pulled only while the mailbox has room.

use std::panic::AssertUnwindSafe;

use futures::{FutureExt, Stream, StreamExt};
use tokio::task::{AbortHandle, coop};

use super::actor::Actor;
use super::context::Context;
use super::tasks::{TooManyTasks, deliver};
use crate::failure::Failure;
use crate::refs::Place;

/// What comes of an attached stream.
#[derive(Debug)]
#[non_exhaustive]
pub enum StreamEvent<T> {
    /// The next item.
    Item(T),
    /// There are no more.
    Ended,
    /// It panicked, and there are no more.
    Failed(Failure),
}

impl<A: Actor> Context<A> {
    /// Sends this actor what `map` makes of each item of a stream, and of its end.
    ///
    /// An item is pulled only while the mailbox has room, and waits for room again when that has
    /// been taken meanwhile, whatever the overflow policy: a slow actor slows the stream down, and
    /// no item displaces a message.
    /// The stream belongs to this instance: it is dropped when the instance ends, and items that
    /// had been queued by then, or waited for room, are dropped and counted.
    ///
    /// # Errors
    ///
    /// [`TooManyTasks`] with 10,000 tasks and streams under way.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::{StreamEvent, prelude::*};
    /// # enum Msg { Line(StreamEvent<String>) }
    /// # fn demo<A: Actor<Msg = Msg>>(
    /// #     ctx: &mut Context<A>,
    /// #     lines: impl futures::Stream<Item = String> + Send + 'static,
    /// # ) -> ActorResult {
    /// ctx.attach(lines, Msg::Line)?;
    /// # Ok(()) }
    /// ```
    pub fn attach<S>(
        &mut self,
        stream: S,
        mut map: impl FnMut(StreamEvent<S::Item>) -> A::Msg + Send + 'static,
    ) -> Result<AbortHandle, TooManyTasks>
    where
        S: Stream + Send + 'static,
        S::Item: Send,
    {
        let myself = self.myself();
        let instance = self.instance;
        self.start_task(async move {
            let mut stream = std::pin::pin!(stream);
            loop {
                // An unbounded mailbox has room always, and some streams an item: others first.
                coop::consume_budget().await;
                if Place::patient(&**myself.port()).reserve().await.is_err() {
                    // It has stopped.
                    return;
                }
                let event = match AssertUnwindSafe(stream.next()).catch_unwind().await {
                    Ok(Some(item)) => StreamEvent::Item(item),
                    Ok(None) => StreamEvent::Ended,
                    Err(payload) => StreamEvent::Failed(Failure::from_panic(payload)),
                };
                let last = !matches!(event, StreamEvent::Item(_));
                match crate::failure::caught(|| map(event)) {
                    Ok(message) => {
                        deliver(Place::patient(&**myself.port()), message, instance).await
                    }
                    Err(failure) => {
                        tracing::error!(actor = %myself.path(), %failure, "attach: map failed");
                        return;
                    }
                }
                if last {
                    return;
                }
            }
        })
    }
}
