//! A reference as a `tower::Service` (feature `tower`), so that a tower stack can end in an actor.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower_service::Service;

use super::actor_ref::ActorRef;
use super::ask::Ask;
use super::deliver::Way;
use super::error::AskError;
use super::reply::Reply;

/// A tower service that asks an actor; see [`ActorRef::service`].
///
/// It is always ready: an ask waits for room in the mailbox itself, inside its time-out, so there
/// is no reservation that a caller could hold and forget, and clones need to share nothing.
pub struct ActorService<M, Q, R, F> {
    actor: ActorRef<M>,
    make: Arc<F>,
    types: PhantomData<fn(Q) -> R>,
}

impl<M: Send + 'static> ActorRef<M> {
    /// A [`Service`] whose calls are asks; `make` makes the message of a request and its reply.
    ///
    /// # Errors
    ///
    /// Calls end as an [`ask`](Self::ask) does, after at most 5 s; `poll_ready` says
    /// [`AskError::Stopped`] once the actor has.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # use tower_service::Service;
    /// # struct Doubler;
    /// # #[actor] impl Doubler { #[message] fn double(&mut self, n: u32) -> u32 { 2 * n } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let system = System::new("demo");
    /// let doubler = system.spawn("doubler", || Doubler).await?;
    /// let mut service = doubler.service(DoublerMsg::Double);
    /// assert_eq!(service.call(21).await?, 42);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn service<Q, R, F>(&self, make: F) -> ActorService<M, Q, R, F>
    where
        F: Fn(Q, Reply<R>) -> M,
    {
        ActorService {
            actor: self.clone(),
            make: Arc::new(make),
            types: PhantomData,
        }
    }
}

impl<M, Q, R, F> Service<Q> for ActorService<M, Q, R, F>
where
    M: Send + 'static,
    R: Send + 'static,
    F: Fn(Q, Reply<R>) -> M,
{
    type Response = R;
    type Error = AskError;
    type Future = ServiceAsk<M, R>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), AskError>> {
        if self.actor.is_stopped() {
            return Poll::Ready(Err(AskError::Stopped));
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Q) -> ServiceAsk<M, R> {
        let way = Way::Chosen(Arc::clone(self.actor.port()));
        ServiceAsk(Ask::new(way, |reply| (self.make)(request, reply)))
    }
}

impl<M, Q, R, F> Clone for ActorService<M, Q, R, F> {
    fn clone(&self) -> Self {
        Self {
            actor: self.actor.clone(),
            make: Arc::clone(&self.make),
            types: PhantomData,
        }
    }
}

impl<M, Q, R, F> fmt::Debug for ActorService<M, Q, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActorService({:?})", self.actor)
    }
}

/// The future of a call; as [`Ask`], without a borrow.
///
/// # Cancel safety
///
/// As for [`Ask`].
#[must_use = "a call does nothing unless awaited"]
pub struct ServiceAsk<M: 'static, R: Send + 'static>(Ask<'static, M, R>);

impl<M: Send + 'static, R: Send + 'static> Future for ServiceAsk<M, R> {
    type Output = Result<R, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<M: 'static, R: Send + 'static> fmt::Debug for ServiceAsk<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceAsk({:?})", self.0)
    }
}
