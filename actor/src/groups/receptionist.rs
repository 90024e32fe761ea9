//! The receptionist: actors that publish themselves under a typed key, and those who look for them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::environment::Environment;
use crate::mailbox::Envelope;
use crate::refs::{ActorRef, Place, Watcher, WatcherId};
use crate::sync::Mutex;
use crate::system::System;

/// A name for a kind of service, with the type of its messages; made as a constant.
///
/// ```
/// use greenroom::{Reply, ServiceKey};
///
/// enum StockMsg {
///     Count(String, Reply<u64>),
/// }
///
/// static STOCK: ServiceKey<StockMsg> = ServiceKey::new("stock");
/// # let _ = STOCK.name();
/// ```
pub struct ServiceKey<M> {
    name: &'static str,
    messages: PhantomData<fn(M)>,
}

impl<M> ServiceKey<M> {
    /// The key of this name. Keys of one name and different message types are different keys.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            messages: PhantomData,
        }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<M> fmt::Debug for ServiceKey<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceKey({})", self.name)
    }
}

/// Who is published under a key at one time.
pub struct Listing<M> {
    /// In the order in which they were published.
    pub actors: Vec<ActorRef<M>>,
}

impl<M> Clone for Listing<M> {
    fn clone(&self) -> Self {
        Self {
            actors: self.actors.clone(),
        }
    }
}

impl<M> fmt::Debug for Listing<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing")
            .field("actors", &self.actors)
            .finish()
    }
}

/// All that is published under one key.
struct Service<M> {
    listing: watch::Sender<Listing<M>>,
    book: Mutex<Book>,
}

/// What stands behind a listing. Changes are made one after the other, under its lock.
#[derive(Default)]
struct Book {
    /// The watches of those who are listed, in the order of the listing.
    watches: Vec<WatcherId>,
    /// Who follows the listing, and the tasks that tell them.
    followers: Vec<(WatcherId, AbortHandle)>,
}

/// Publishes and finds actors by key; see [`System::receptionist`].
///
/// ```
/// use greenroom::{ServiceKey, prelude::*};
/// # struct Echo;
/// # #[actor] impl Echo { #[message] fn say(&mut self, n: u32) -> u32 { n } }
///
/// static ECHOES: ServiceKey<EchoMsg> = ServiceKey::new("echoes");
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let system = System::new("demo");
///
/// let echo = system.spawn("echo", || Echo).await?;
/// assert!(system.receptionist().register(&ECHOES, &echo));
/// assert_eq!(system.receptionist().find(&ECHOES), [echo]);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Receptionist {
    environment: Arc<Environment>,
}

impl Receptionist {
    /// Publishes an actor under a key, until it ends or is withdrawn; a restart does not end it.
    /// One that is published already stays where it is.
    ///
    /// False when the system has 65,536 names already.
    #[must_use = "false means that it is not published"]
    pub fn register<M: Send + 'static>(&self, key: &ServiceKey<M>, actor: &ActorRef<M>) -> bool {
        let Some(service) = self.service(key) else {
            return false;
        };
        let watch = WatcherId::new(&self.environment, self.environment.next_id());
        if !service.insert(actor, watch) {
            return true;
        }
        let published: Weak<Service<M>> = Arc::downgrade(&service);
        let forget = move |_| {
            if let Some(service) = published.upgrade() {
                service.remove(|_, known| known == watch);
            }
        };
        actor.port().watch(Watcher {
            id: watch,
            tell: Box::new(forget),
        });
        // Whoever withdrew it meanwhile found no watch to take back.
        if !service.has(watch) {
            actor.port().unwatch(watch);
        }
        true
    }

    /// Withdraws an actor from a key; nothing happens when it was not published.
    pub fn deregister<M: Send + 'static>(&self, key: &ServiceKey<M>, actor: &ActorRef<M>) {
        if let Some(service) = self.known(key)
            && let Some(watch) = service.remove(|known, _| known == actor)
        {
            actor.port().unwatch(watch);
        }
    }

    /// Who is published under a key now, in the order in which they were published.
    #[must_use]
    pub fn find<M: Send + 'static>(&self, key: &ServiceKey<M>) -> Vec<ActorRef<M>> {
        self.known(key)
            .map(|service| service.listing.borrow().actors.clone())
            .unwrap_or_default()
    }

    /// Tells `subscriber` who is published under a key, now and whenever that changes, until it
    /// ends or unsubscribes. Listings wait for room in its mailbox, whatever its policy: one that
    /// is slow misses those in between, never the last one. Subscribing again, as an actor does
    /// that subscribes in `started`, replaces the subscription: it is told anew.
    ///
    /// False when the system has 65,536 names already, or no runtime.
    #[must_use = "false means that it is not subscribed"]
    pub fn subscribe<M: Send + 'static>(
        &self,
        key: &ServiceKey<M>,
        subscriber: &ActorRef<Listing<M>>,
    ) -> bool {
        let (Some(service), Some(runtime)) = (self.service(key), self.environment.runtime()) else {
            return false;
        };
        let mut listing = service.listing.subscribe();
        listing.mark_changed();
        let task = runtime.spawn(follow(listing, subscriber.clone()));
        service.replace_follower(follower(subscriber), Some(task.abort_handle()));
        true
    }

    /// Tells `subscriber` no more of a key.
    pub fn unsubscribe<M: Send + 'static>(
        &self,
        key: &ServiceKey<M>,
        subscriber: &ActorRef<Listing<M>>,
    ) {
        if let Some(service) = self.known(key) {
            service.replace_follower(follower(subscriber), None);
        }
    }

    fn known<M: Send + 'static>(&self, key: &ServiceKey<M>) -> Option<Arc<Service<M>>> {
        self.environment.services.find(key.name)
    }

    fn service<M: Send + 'static>(&self, key: &ServiceKey<M>) -> Option<Arc<Service<M>>> {
        self.environment.services.get(key.name, || {
            let (listing, _) = watch::channel(Listing { actors: Vec::new() });
            let book = Mutex::new(Book::default());
            Arc::new(Service { listing, book })
        })
    }
}

/// Who follows: the way by which it is told.
fn follower<M: Send + 'static>(subscriber: &ActorRef<M>) -> WatcherId {
    let port = subscriber.port();
    WatcherId::new(port.environment(), port.id())
}

/// Tells a subscriber each listing for which it has room, until it ends.
async fn follow<M: Send + 'static>(
    mut listing: watch::Receiver<Listing<M>>,
    subscriber: ActorRef<Listing<M>>,
) {
    let tell = async {
        while listing.changed().await.is_ok() {
            let mut place = Place::patient(&**subscriber.port());
            if place.reserve().await.is_err() {
                // It has stopped.
                return;
            }
            let now = listing.borrow_and_update().clone();
            // One that an adapter failed over it would fail over again: the next change is told.
            drop(place.push(Envelope::plain(now)));
        }
    };
    let ended = subscriber.terminated();
    futures::future::select(std::pin::pin!(ended), std::pin::pin!(tell)).await;
}

impl<M: Send + 'static> Service<M> {
    /// Lists an actor, unless it is listed already.
    fn insert(&self, actor: &ActorRef<M>, watch: WatcherId) -> bool {
        let mut book = self.book.lock();
        let mut actors = self.listing.borrow().actors.clone();
        if actors.contains(actor) {
            return false;
        }
        actors.push(actor.clone());
        book.watches.push(watch);
        let before = self.listing.send_replace(Listing { actors });
        drop(book);
        drop(before);
        true
    }

    /// Takes an actor off the list; its watch is to be taken back.
    fn remove(&self, which: impl Fn(&ActorRef<M>, WatcherId) -> bool) -> Option<WatcherId> {
        let mut book = self.book.lock();
        let mut actors = self.listing.borrow().actors.clone();
        let at = (actors.iter().zip(&book.watches)).position(|(actor, id)| which(actor, *id))?;
        let removed = actors.remove(at);
        let watch = book.watches.remove(at);
        let before = self.listing.send_replace(Listing { actors });
        drop(book);
        // After the lock: they may be the last references to an adapter, with its closure.
        drop((removed, before));
        Some(watch)
    }

    fn has(&self, watch: WatcherId) -> bool {
        self.book.lock().watches.contains(&watch)
    }

    /// Ends a follower's task, and keeps the one that comes in its place.
    fn replace_follower(&self, who: WatcherId, task: Option<AbortHandle>) {
        let ended: Vec<_> = {
            let mut book = self.book.lock();
            let gone =
                |known: &mut (WatcherId, AbortHandle)| known.0 == who || known.1.is_finished();
            let ended = book.followers.extract_if(.., gone).collect();
            book.followers.extend(task.map(|task| (who, task)));
            ended
        };
        ended.iter().for_each(|(_, task)| task.abort());
    }
}

impl fmt::Debug for Receptionist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receptionist({})", self.environment.name)
    }
}

impl System {
    /// Where actors publish themselves under a [`ServiceKey`] and are found.
    #[must_use]
    pub fn receptionist(&self) -> Receptionist {
        Receptionist {
            environment: Arc::clone(self.environment()),
        }
    }
}
