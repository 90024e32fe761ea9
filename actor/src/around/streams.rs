//! Streams as a source of messages: pulled only while the mailbox has room.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;

use futures::{FutureExt, Stream, StreamExt};
use tokio::task::AbortHandle;

use super::tasks::{Place, TooManyTasks, deliver};
use crate::behavior::{Actor, Context};
use crate::failure::Failure;

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
    /// An item is pulled only while the mailbox has room, so a slow actor slows the stream down.
    /// The stream belongs to this instance: it is dropped when the instance ends, and items that
    /// had been queued by then are dropped and counted.
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
                {
                    let mut place = Place::new(&**myself.port());
                    if poll_fn(|cx| place.poll(cx)).await.is_err() && myself.is_stopped() {
                        return;
                    }
                }
                let event = match AssertUnwindSafe(stream.next()).catch_unwind().await {
                    Ok(Some(item)) => StreamEvent::Item(item),
                    Ok(None) => StreamEvent::Ended,
                    Err(payload) => StreamEvent::Failed(Failure::from_panic(payload)),
                };
                let last = !matches!(event, StreamEvent::Item(_));
                match crate::panic::caught(|| map(event)) {
                    Ok(message) => deliver(&myself, message, instance).await,
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
