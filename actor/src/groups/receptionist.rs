//! The receptionist: actors that publish themselves under a typed key, and those who look for them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use tokio::sync::watch;

use crate::environment::Environment;
use crate::refs::{ActorRef, Watcher, WatcherId};
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
    /// Changes are made one after the other.
    change: Mutex<()>,
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
    ///
    /// False when the system has 65,536 names already.
    #[must_use = "false means that it is not published"]
    pub fn register<M: Send + 'static>(&self, key: &ServiceKey<M>, actor: &ActorRef<M>) -> bool {
        let Some(service) = self.service(key) else {
            return false;
        };
        service.change(|actors| {
            if !actors.contains(actor) {
                actors.push(actor.clone());
            }
        });
        let published: Weak<Service<M>> = Arc::downgrade(&service);
        let gone = actor.clone();
        let forget = move |_| {
            if let Some(service) = published.upgrade() {
                service.change(|actors| actors.retain(|known| *known != gone));
            }
        };
        let watcher = Watcher {
            id: WatcherId::new(&self.environment, self.environment.next_id()),
            tell: Box::new(forget),
        };
        actor.port().watch(watcher);
        true
    }

    /// Withdraws an actor from a key; nothing happens when it was not published.
    pub fn deregister<M: Send + 'static>(&self, key: &ServiceKey<M>, actor: &ActorRef<M>) {
        if let Some(service) = self.service(key) {
            service.change(|actors| actors.retain(|known| known != actor));
        }
    }

    /// Who is published under a key now, in the order in which they were published.
    #[must_use]
    pub fn find<M: Send + 'static>(&self, key: &ServiceKey<M>) -> Vec<ActorRef<M>> {
        let service = self.environment.services.find::<Arc<Service<M>>>(key.name);
        service
            .map(|service| service.listing.borrow().actors.clone())
            .unwrap_or_default()
    }

    /// Tells `subscriber` who is published under a key, now and whenever that changes, until it
    /// ends. One that is slow misses listings in between, never the last one. It is subscribed as
    /// often as this is called, also by a restarted instance.
    ///
    /// False when the system has 65,536 names already, or no runtime.
    #[must_use = "false means that it is not subscribed"]
    pub fn subscribe<M: Send + Sync + 'static>(
        &self,
        key: &ServiceKey<M>,
        subscriber: &ActorRef<Listing<M>>,
    ) -> bool {
        let (Some(service), Some(runtime)) = (self.service(key), self.environment.runtime()) else {
            return false;
        };
        let (mut listing, subscriber) = (service.listing.subscribe(), subscriber.clone());
        listing.mark_changed();
        runtime.spawn(async move {
            let ended = subscriber.terminated();
            let follow = async {
                while listing.changed().await.is_ok() {
                    let now = listing.borrow_and_update().clone();
                    // A time-out leaves it changed for the next round, which has the latest.
                    if subscriber.tell(now).await.is_err() {
                        if subscriber.is_stopped() {
                            return;
                        }
                        listing.mark_changed();
                    }
                }
            };
            futures::future::select(std::pin::pin!(ended), std::pin::pin!(follow)).await;
        });
        true
    }

    fn service<M: Send + 'static>(&self, key: &ServiceKey<M>) -> Option<Arc<Service<M>>> {
        self.environment.services.get(key.name, || {
            let (listing, _) = watch::channel(Listing { actors: Vec::new() });
            Arc::new(Service {
                listing,
                change: Mutex::new(()),
            })
        })
    }
}

impl<M: Send + 'static> Service<M> {
    fn change(&self, how: impl FnOnce(&mut Vec<ActorRef<M>>)) {
        let _one = self.change.lock();
        let mut actors = self.listing.borrow().actors.clone();
        how(&mut actors);
        self.listing.send_replace(Listing { actors });
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
