//! The reference itself: cheap to clone, equal by identity, the same type wherever the actor is.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::ask::Ask;
use super::deliver::{Deliver, Subject, Watcher, WatcherId, Way};
use super::error::TrySendError;
use super::reply::Reply;
use super::tell::Tell;
use crate::id::{ActorId, ActorPath};
use crate::mailbox::Envelope;
use crate::signal::StopReason;

/// A reference to an actor that takes messages of type `M`.
///
/// Cloning it costs an atomic increment. Two references are equal when they lead to the same actor
/// by the same way. Dropping references never stops an actor: its lifetime is its parent's to
/// decide, or `stop`'s.
///
/// # Delivery
///
/// At most once. A message that is not handled comes back in the error, or becomes a dead letter.
///
/// What one sender sends is handled in the order in which it was sent (within a lane, where the
/// mailbox has lanes), if each send is awaited before the next: several that wait at the same time
/// for room in a full mailbox can overtake each other. The [guide](crate::guide::messages) has
/// tables of all verbs, errors and fates.
pub struct ActorRef<M> {
    port: Arc<dyn Deliver<M>>,
}

impl<M: Send + 'static> ActorRef<M> {
    pub(crate) fn new(port: Arc<dyn Deliver<M>>) -> Self {
        Self { port }
    }

    pub(crate) fn port(&self) -> &Arc<dyn Deliver<M>> {
        &self.port
    }

    pub(crate) fn subject(&self) -> Arc<dyn Subject> {
        Arc::clone(&self.port) as _
    }

    /// Queues a message, waiting for room if there is none, for at most 5 s
    /// ([`Tell::timeout`] changes that). Where it would never have to wait, as with a mailbox that
    /// drops messages or is unbounded, it yields now and then: a loop of tells starves nobody.
    ///
    /// # Errors
    ///
    /// The future ends with a [`SendError`](crate::SendError), which gives the message back: there
    /// was no room in time, or the actor has stopped. `Ok` says that the message is queued, not
    /// that it was handled.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped before it is done has not queued its message and leaves nothing
    /// behind; the message is dropped with it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # async fn demo(log: ActorRef<String>) {
    /// if let Err(error) = log.tell("hello".to_owned()).await {
    ///     eprintln!("{error}");
    ///     let _not_sent: Option<String> = error.into_message();
    /// }
    /// # }
    /// ```
    #[inline]
    pub fn tell(&self, message: M) -> Tell<'_, M> {
        Tell::new(Way::Borrowed(&self.port), message)
    }

    /// Queues a message if there is room now; it never waits, and may be called from any code.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back: there is no room, or the actor has stopped.
    pub fn try_tell(&self, message: M) -> Result<(), TrySendError<M>> {
        self.port
            .push(Envelope::plain(message))
            .map_err(TrySendError::from)
    }

    /// Sends a message that holds a [`Reply`], and waits for the answer: for room and answer
    /// together at most 5 s ([`Ask::timeout`] changes that), or until the task's deadline if that
    /// comes sooner.
    ///
    /// `make` is whatever makes a message of a reply: a variant (`CounterMsg::Get`) or a closure.
    ///
    /// # Errors
    ///
    /// The future ends with an [`AskError`](crate::AskError), which says what is known.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped before a handler has begun with the message, none will; dropped
    /// later, the answer is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # use std::time::Duration;
    /// enum StockMsg {
    ///     Count(Reply<u64>),
    ///     Take(u64, Reply<bool>),
    /// }
    /// # async fn demo(stock: ActorRef<StockMsg>) -> Result<(), AskError> {
    /// let count: u64 = stock.ask(StockMsg::Count).await?;
    /// let is_taken = stock
    ///     .ask(|reply| StockMsg::Take(count, reply))
    ///     .timeout(Duration::from_secs(1))
    ///     .await?;
    /// # let _ = is_taken; Ok(()) }
    /// ```
    pub fn ask<R, F>(&self, make: F) -> Ask<'_, M, R>
    where
        R: Send + 'static,
        F: FnOnce(Reply<R>) -> M,
    {
        Ask::new(Way::Borrowed(&self.port), make)
    }

    /// Asks the actor to end after what is queued now; later messages are refused.
    ///
    /// It returns at once. The actor has its stop grace (5 s unless spawned otherwise) to get
    /// there, then it is killed.
    ///
    /// It is final: no supervisor starts the actor again. If it fails on the way, the rest becomes
    /// dead letters, unless its supervisor lets it resume; so does all that is queued if it has no
    /// instance, because it waits in its backoff. It then ends as
    /// [`Failed`](crate::StopReason::Failed).
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # async fn demo(worker: ActorRef<u8>) {
    /// worker.stop();
    /// let reason: StopReason = worker.terminated().await;
    /// println!("{} has ended: {reason}", worker.path());
    /// # }
    /// ```
    pub fn stop(&self) {
        Arc::clone(&self.port).stop();
    }

    /// Ends the actor at its handler's next await; what is queued becomes dead letters.
    ///
    /// It returns at once and is final. A handler that does not yield can't be killed; after the
    /// kill grace (5 s) its actor is given up on.
    pub fn kill(&self) {
        Arc::clone(&self.port).kill();
    }

    /// Waits until the actor has ended, and says why; at once when it has already. Restarts are no
    /// end.
    ///
    /// Actors [`watch`](crate::Context::watch) each other instead: a handler that waits here
    /// handles nothing else meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn terminated(&self) -> StopReason {
        terminated(&*self.port).await
    }

    /// Whether the actor has ended, or takes no more messages. False while it is restarted.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.port.is_stopped()
    }

    /// How full its mailbox is: from 0, nothing waits, to 1, there is no room. In messages, or in
    /// bytes where the mailbox is bounded in them and that is more; an unbounded one is never full.
    ///
    /// A signal for whoever sends: it can shed load before the mailbox is full, or limit how many
    /// calls are under way.
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # async fn demo(shop: ActorRef<u8>) {
    /// if shop.mailbox_fill() < 0.8 {
    ///     drop(shop.try_tell(7));
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn mailbox_fill(&self) -> f64 {
        self.port.fullness()
    }

    /// Where the actor stands in the tree.
    #[must_use]
    pub fn path(&self) -> ActorPath {
        self.port.path()
    }

    /// The identity of the actor (or adapter).
    #[must_use]
    pub fn id(&self) -> ActorId {
        self.port.id()
    }
}

/// Waits until the actor behind `subject` has ended.
pub(crate) async fn terminated<S: Subject + ?Sized>(subject: &S) -> StopReason {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let environment = subject.environment();
    let id = WatcherId::new(environment, environment.next_id());
    let watcher = Watcher {
        id,
        tell: Box::new(move |terminated| drop(sender.send(terminated.reason))),
    };
    subject.watch(watcher);
    let forget = Forget { subject, id };
    let reason = receiver.await.unwrap_or(StopReason::Killed);
    drop(forget);
    reason
}

/// Takes a watch back when the wait for it is dropped.
struct Forget<'a, S: Subject + ?Sized> {
    subject: &'a S,
    id: WatcherId,
}

impl<S: Subject + ?Sized> Drop for Forget<'_, S> {
    fn drop(&mut self) {
        self.subject.unwatch(self.id);
    }
}

impl<M> Clone for ActorRef<M> {
    fn clone(&self) -> Self {
        Self {
            port: Arc::clone(&self.port),
        }
    }
}

impl<M> PartialEq for ActorRef<M> {
    fn eq(&self, other: &Self) -> bool {
        self.port.id() == other.port.id()
            && Arc::ptr_eq(self.port.environment(), other.port.environment())
    }
}

impl<M> Eq for ActorRef<M> {}

impl<M> Hash for ActorRef<M> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.port.id().hash(state);
    }
}

impl<M> fmt::Debug for ActorRef<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActorRef({} {})", self.port.path(), self.port.id())
    }
}
