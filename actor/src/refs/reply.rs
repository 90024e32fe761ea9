//! The reply: where the answer to an ask goes, as an ordinary value inside the message.

use std::fmt;
use std::sync::Arc;

#[cfg(test)]
use super::error::AskError;
use super::slot::Slot;

/// Where the answer to one ask goes.
///
/// It is a value like any other: a handler can answer at once, keep it and answer later, or send it
/// on to another actor who answers. Dropped without an answer it ends the ask with
/// [`AskError::NoReply`](crate::AskError::NoReply), or with `Failed` or `Killed` when its handler
/// ends so in the same poll. So does a reply that an instance has kept, or that is in a stashed
/// message, when the instance (for the stash: the actor) ends.
///
/// ```
/// use greenroom::Reply;
///
/// enum Msg {
///     Get(Reply<u64>),
/// }
/// # fn handle(msg: Msg) {
/// match msg {
///     Msg::Get(reply) => reply.send(42),
/// }
/// # }
/// ```
#[must_use = "an ask whose reply is dropped ends with AskError::NoReply"]
pub struct Reply<R>(Option<Arc<Slot<R>>>);

impl<R> Reply<R> {
    pub(crate) fn new(slot: Arc<Slot<R>>) -> Self {
        Self(Some(slot))
    }

    /// For a message that is not sent: nobody waits.
    pub(crate) fn to_nobody() -> Self {
        Self(None)
    }

    /// Answers. When the asker has given up meanwhile, the answer is dropped.
    pub fn send(self, answer: R) {
        drop(self.try_send(answer));
    }

    /// Answers, or gives the answer back when nobody waits for it any more.
    ///
    /// # Errors
    ///
    /// The answer, when the asker's time-out has passed or its future was dropped.
    pub fn try_send(mut self, answer: R) -> Result<(), R> {
        match self.0.take() {
            Some(slot) => slot.answer(answer),
            None => Err(answer),
        }
    }

    /// Whether somebody still waits for the answer; a long computation may ask before it goes on.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.0.as_ref().is_some_and(|slot| slot.is_open())
    }

    /// A reply whose answer goes to `port`, and the slot that a mailbox is to keep beside it.
    #[cfg(test)]
    pub(crate) fn through(
        port: impl FnOnce(Result<R, AskError>) + Send + 'static,
    ) -> (Self, Arc<Slot<R>>) {
        let slot = Arc::new(Slot::with_port(Some(Box::new(port))));
        (Self::new(Arc::clone(&slot)), slot)
    }

    /// Takes the reply apart, so that what answers it can be somewhere else.
    #[cfg(test)]
    pub(crate) fn export(mut self) -> Option<Arc<Slot<R>>> {
        self.0.take().inspect(|slot| slot.export())
    }
}

impl<R> Drop for Reply<R> {
    fn drop(&mut self) {
        if let Some(slot) = &self.0 {
            slot.reply_dropped();
        }
    }
}

impl<R> fmt::Debug for Reply<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("is_wanted", &self.is_wanted())
            .finish()
    }
}
