//! A probe: an actor whose messages the test receives, with typed expectations.

use std::fmt;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

use crate::behavior::{Actor, Context};
use crate::failure::{ActorResult, Failure};
use crate::refs::ActorRef;
use crate::signal::{Signal, Terminated};
use crate::system::System;

/// How long an expectation waits: 3 s, which is no time at all when it is virtual.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a probe may hold that the test has not looked at.
const CAPACITY: usize = 65_536;

type Watch<M> = Box<dyn FnOnce(&mut Context<Watcher<M>>) + Send>;

enum Seen<M> {
    Message(M),
    Terminated(Terminated),
}

/// What is sent to the probe's actor.
struct Watcher<M: Send + 'static> {
    seen: mpsc::Sender<Seen<M>>,
    watched: Vec<Watch<M>>,
}

impl<M: Send + 'static> Actor for Watcher<M> {
    type Msg = M;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.watched.drain(..).for_each(|watch| watch(ctx));
        Ok(())
    }

    async fn handle(&mut self, message: M, _ctx: &mut Context<Self>) -> ActorResult {
        self.see(Seen::Message(message))
    }

    async fn signal(&mut self, signal: Signal, _ctx: &mut Context<Self>) -> ActorResult {
        match signal {
            Signal::Terminated(terminated) => self.see(Seen::Terminated(terminated)),
            Signal::ChildRestarted { .. } | Signal::ChildStopped { .. } => Ok(()),
        }
    }
}

impl<M: Send + 'static> Watcher<M> {
    fn see(&self, seen: Seen<M>) -> ActorResult {
        match self.seen.try_send(seen) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                Err(Failure::message("the probe is full: nobody looks at it"))
            }
        }
    }
}

/// A stand-in for an actor: it has a reference that can be told and watched from, and the test
/// says what it expects to arrive.
///
/// Every `expect` panics when it is not met, and says what came instead. That is their purpose.
pub struct Probe<M> {
    actor: ActorRef<M>,
    seen: Mutex<mpsc::Receiver<Seen<M>>>,
}

impl<M: Send + 'static> Probe<M> {
    /// Starts a probe.
    ///
    /// # Panics
    ///
    /// When it can't be spawned, as when its name is taken.
    ///
    /// # Cancel safety
    ///
    /// Dropped while the probe starts, the future ends it.
    pub async fn start(system: &System, name: &str) -> Self {
        Self::spawn(system, name, Vec::new()).await
    }

    /// Starts a probe that watches an actor.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    ///
    /// # Cancel safety
    ///
    /// Dropped while the probe starts, the future ends it.
    pub async fn watching<N>(system: &System, name: &str, actor: &ActorRef<N>) -> Self
    where
        N: Send + 'static,
    {
        let actor = actor.clone();
        let watch = Box::new(move |ctx: &mut Context<Watcher<M>>| ctx.watch(&actor)) as _;
        Self::spawn(system, name, vec![watch]).await
    }

    async fn spawn(system: &System, name: &str, mut watched: Vec<Watch<M>>) -> Self {
        let (sender, seen) = mpsc::channel(CAPACITY);
        let factory = move || Watcher {
            seen: sender.clone(),
            watched: std::mem::take(&mut watched),
        };
        let actor = match system.spawn(name, factory).await {
            Ok(actor) => actor,
            Err(error) => panic!("the probe `{name}` did not start: {error}"),
        };
        Self {
            actor,
            seen: Mutex::new(seen),
        }
    }

    /// A reference to the probe.
    #[must_use]
    pub fn actor_ref(&self) -> ActorRef<M> {
        self.actor.clone()
    }

    /// Expects a message within 3 s.
    ///
    /// # Panics
    ///
    /// When no message comes in time.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    pub async fn expect(&self) -> M {
        self.expect_within(PATIENCE).await
    }

    /// Expects a message within the given time.
    ///
    /// # Panics
    ///
    /// When no message comes in time.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    pub async fn expect_within(&self, time: Duration) -> M {
        match self.next(time).await {
            Some(Seen::Message(message)) => message,
            Some(Seen::Terminated(other)) => panic!("expected a message, got {other:?}"),
            None => panic!("expected a message within {time:?}, nothing came"),
        }
    }

    /// Expects a message of which `pick` makes something.
    ///
    /// # Panics
    ///
    /// When no message comes in time, or `pick` makes nothing of it.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    pub async fn expect_match<T>(&self, pick: impl FnOnce(M) -> Option<T>) -> T {
        match pick(self.expect().await) {
            Some(picked) => picked,
            None => panic!("a message came, but not the one expected"),
        }
    }

    /// Expects that a watched actor has ended.
    ///
    /// # Panics
    ///
    /// When no watched actor ends in time.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    pub async fn expect_terminated(&self) -> Terminated {
        match self.next(PATIENCE).await {
            Some(Seen::Terminated(terminated)) => terminated,
            Some(Seen::Message(_)) => panic!("expected a termination, got a message"),
            None => panic!("expected a termination within {PATIENCE:?}, nothing came"),
        }
    }

    /// Expects that nothing arrives for the given time.
    ///
    /// # Panics
    ///
    /// When something arrives.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    pub async fn expect_nothing(&self, time: Duration) {
        match self.next(time).await {
            None => {}
            Some(Seen::Message(_)) => panic!("expected nothing for {time:?}, got a message"),
            Some(Seen::Terminated(other)) => {
                panic!("expected nothing for {time:?}, got {other:?}")
            }
        }
    }

    async fn next(&self, time: Duration) -> Option<Seen<M>> {
        timeout(time, async { self.seen.lock().await.recv().await })
            .await
            .ok()
            .flatten()
    }
}

impl<M> fmt::Debug for Probe<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({:?})", self.actor)
    }
}
