//! Topics: one message to all who subscribed, each with its own answer to being too slow.

use std::fmt;
use std::sync::{Arc, Weak};

use futures::future::join_all;
use thiserror::Error;

use crate::dead_letters::DeadLetterReason;
use crate::environment::Environment;
use crate::id::ActorPath;
use crate::refs::{ActorRef, SendError, TrySendError, Watcher, WatcherId};
use crate::sync::Mutex;
use crate::system::System;

/// What happens when a subscriber's mailbox is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SlowSubscriber {
    /// It misses the message, which is counted and becomes a dead letter. The default: one slow
    /// subscriber holds up nobody.
    #[default]
    Miss,
    /// The publisher waits for it, at most the send time-out of 5 s; then it misses the message.
    Wait,
    /// It is unsubscribed; the message is counted and becomes a dead letter.
    Remove,
}

/// What came of publishing one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Published {
    /// How many subscribers have it queued.
    pub delivered: usize,
    /// How many missed it.
    pub missed: usize,
    /// How many were unsubscribed: too slow, or about to end.
    pub removed: usize,
}

/// A topic that can't be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TopicError {
    /// The system has as many names as it may; topics are for kinds of things.
    #[error("the system has 65,536 names already")]
    TooMany,
}

struct Subscriber<M> {
    actor: ActorRef<M>,
    slow: SlowSubscriber,
    watch: WatcherId,
}

struct Shared<M> {
    name: Box<str>,
    /// It holds this, so this does not hold it.
    environment: Weak<Environment>,
    subscribers: Mutex<Vec<Subscriber<M>>>,
}

/// A topic of a system; see [`System::topic`]. Cheap to clone.
///
/// Messages of one publisher reach each subscriber in order.
pub struct Topic<M>(Arc<Shared<M>>);

impl<M: Clone + Send + 'static> Topic<M> {
    /// Subscribes an actor, until it ends or unsubscribes. Subscribing again replaces what is to
    /// happen when it is slow.
    ///
    /// It survives restarts. A new adapter is another subscriber, so one that `started` makes and
    /// subscribes gets each message once more after each restart.
    pub fn subscribe(&self, actor: &ActorRef<M>, slow: SlowSubscriber) {
        let environment = actor.port().environment();
        let watch = WatcherId::new(environment, environment.next_id());
        let subscriber = Subscriber {
            actor: actor.clone(),
            slow,
            watch,
        };
        self.replace(actor, Some(subscriber));
        let shared = Arc::downgrade(&self.0);
        let forget = move |_| {
            if let Some(shared) = shared.upgrade() {
                drop(shared.replace(|known| known.watch == watch, None));
            }
        };
        actor.port().watch(Watcher {
            id: watch,
            tell: Box::new(forget),
        });
        // Whoever unsubscribed it meanwhile found no watch to take back.
        let watches = |known: &Subscriber<M>| known.watch == watch;
        if !self.0.subscribers.lock().iter().any(watches) {
            actor.port().unwatch(watch);
        }
    }

    /// Unsubscribes an actor.
    pub fn unsubscribe(&self, actor: &ActorRef<M>) {
        self.replace(actor, None);
    }

    /// How many are subscribed.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.0.subscribers.lock().len()
    }

    /// Sends a message to all subscribers: to those that have room at once, then to those that are
    /// waited for, side by side.
    ///
    /// # Cancel safety
    ///
    /// Dropped while it waits for slow subscribers, those do not get the message; the others have.
    pub async fn publish(&self, message: M) -> Published {
        let (mut published, mut waiting, mut gone) = (Published::default(), Vec::new(), Vec::new());
        for (actor, slow) in self.list() {
            match (actor.try_tell(message.clone()), slow) {
                (Ok(()), _) => published.delivered += 1,
                (Err(TrySendError::Stopped(_)), _) => gone.push(actor),
                (Err(TrySendError::Full(message)), SlowSubscriber::Remove) => {
                    self.miss(&actor, Some(message));
                    gone.push(actor);
                }
                (Err(TrySendError::Full(message)), SlowSubscriber::Wait) => {
                    waiting.push((actor, message));
                }
                (Err(error), _) => {
                    published.missed += 1;
                    self.miss(&actor, error.into_message());
                }
            }
        }
        let told = waiting.into_iter().map(async |(actor, message)| {
            let told = actor.tell(message).await;
            (actor, told)
        });
        for (actor, told) in join_all(told).await {
            match told {
                Ok(()) => published.delivered += 1,
                Err(SendError::Stopped(_)) => gone.push(actor),
                Err(error) => {
                    published.missed += 1;
                    self.miss(&actor, error.into_message());
                }
            }
        }
        published.removed = gone.len();
        gone.iter().for_each(|actor| self.unsubscribe(actor));
        published
    }

    /// Takes a subscription back, and puts another in its place.
    fn replace(&self, actor: &ActorRef<M>, with: Option<Subscriber<M>>) {
        for known in self.0.replace(|known| known.actor == *actor, with) {
            known.actor.port().unwatch(known.watch);
        }
    }

    fn list(&self) -> Vec<(ActorRef<M>, SlowSubscriber)> {
        let subscribers = self.0.subscribers.lock();
        subscribers
            .iter()
            .map(|known| (known.actor.clone(), known.slow))
            .collect()
    }

    fn miss(&self, actor: &ActorRef<M>, message: Option<M>) {
        // Counted by the subscriber's system where the topic's is gone.
        let environment = self.0.environment.upgrade();
        let environment = environment.unwrap_or_else(|| Arc::clone(actor.port().environment()));
        let path = || -> ActorPath { actor.path() };
        environment.dead_letters.bury(
            path,
            std::any::type_name::<M>(),
            DeadLetterReason::Unsubscribed,
            message,
        );
    }
}

impl<M> Shared<M> {
    /// What is taken out is dropped after the lock: it may hold the last reference to an adapter,
    /// with its closure.
    fn replace(
        &self,
        which: impl Fn(&Subscriber<M>) -> bool,
        with: Option<Subscriber<M>>,
    ) -> Vec<Subscriber<M>> {
        let mut subscribers = self.subscribers.lock();
        let removed = subscribers.extract_if(.., |known| which(known)).collect();
        subscribers.extend(with);
        removed
    }
}

impl System {
    /// The topic of this name and message type, made if there is none. Topics of one name and other
    /// message types are other topics, and share nothing.
    ///
    /// # Errors
    ///
    /// [`TopicError::TooMany`] when the system has 65,536 names: they are for kinds of things, not
    /// for each thing, and are kept as long as the system.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::{SlowSubscriber, prelude::*};
    /// # struct Screen;
    /// # impl Actor for Screen { type Msg = u32;
    /// #   async fn handle(&mut self, _: u32, _: &mut Context<Self>) -> ActorResult { Ok(()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let system = System::new("demo");
    /// let screen: ActorRef<u32> = system.spawn("screen", || Screen).await?;
    /// let prices = system.topic::<u32>("prices")?;
    /// prices.subscribe(&screen, SlowSubscriber::Miss);
    /// assert_eq!(prices.publish(7).await.delivered, 1);
    /// # Ok(()) }
    /// ```
    pub fn topic<M: Clone + Send + 'static>(&self, name: &str) -> Result<Topic<M>, TopicError> {
        let environment = self.environment();
        let make = || {
            Topic(Arc::new(Shared {
                name: name.into(),
                environment: Arc::downgrade(environment),
                subscribers: Mutex::new(Vec::new()),
            }))
        };
        environment
            .services
            .get(name, make)
            .ok_or(TopicError::TooMany)
    }
}

impl<M> Clone for Topic<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> fmt::Debug for Topic<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic({})", self.0.name)
    }
}
