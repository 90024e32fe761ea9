//! Three services, each a pool of workers that wait for the one behind it: shop, orders, stock.

use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{Guarded, PoolError};
use greenroom_resilience::shed::QueueTime;
use greenroom_resilience::{Criticality, Pipeline, Retry, Verdict};
use tokio::time::sleep;

/// How long a client waits, and each service for the next.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// A request can't be served.
#[derive(Debug, Clone, Copy)]
pub struct Failed;

/// What an answer of a service means to the policies around it: whoever says that it failed has
/// been refused further on, or has given up.
pub fn verdict(answer: &Result<(), Failed>) -> Verdict {
    match answer {
        Ok(()) => Verdict::Success,
        Err(Failed) => Verdict::Unknown,
    }
}

/// How a service calls the next one.
pub enum Next<M> {
    /// With a time-out, and again and again when it fails.
    Bare(Pool<M>),
    /// Through a pipeline.
    Guarded(Guarded<M>),
}

impl<M: Send + 'static> Next<M> {
    pub fn new(pool: &Pool<M>, with_policies: bool) -> Result<Self, Box<dyn std::error::Error>> {
        if !with_policies {
            return Ok(Self::Bare(pool.clone()));
        }
        // Repeats are a fifth of the calls at most, so that they never double an overload, and only
        // of what was refused before it was queued.
        let retry = Retry::exponential(Duration::from_millis(20)..=Duration::from_millis(200));
        let pipeline = Pipeline::builder("next")
            .timeout(PATIENCE)
            .retry(retry.attempts(2))
            .build()?;
        Ok(Self::Guarded(pool.guarded(&pipeline)))
    }

    pub async fn call<F>(&self, class: Criticality, make: F) -> Result<(), Failed>
    where
        F: Fn(Criticality, Reply<Result<(), Failed>>) -> M,
    {
        match self {
            Self::Bare(pool) => {
                for _ in 0..3 {
                    let asked = pool.ask(|reply| make(class, reply)).timeout(PATIENCE);
                    if let Ok(Ok(())) = asked.await {
                        return Ok(());
                    }
                }
                Err(Failed)
            }
            Self::Guarded(guarded) => {
                let asked = guarded.ask(|reply| make(class, reply));
                let asked = asked.criticality(class).classify(verdict);
                asked.await.map_err(|_| Failed)?
            }
        }
    }
}

/// Knows what there is; two workers of 20 ms a request serve 100 a second, and no more.
pub struct Stock;

#[actor(pub)]
impl Stock {
    #[message]
    async fn take(&mut self, _class: Criticality) -> Result<(), Failed> {
        sleep(Duration::from_millis(20)).await;
        Ok(())
    }
}

/// Takes an order, which needs the stock.
pub struct Orders(Arc<Next<StockMsg>>);

#[actor(pub)]
impl Orders {
    #[message]
    async fn order(&mut self, class: Criticality) -> Result<(), Failed> {
        sleep(Duration::from_millis(5)).await;
        self.0.call(class, StockMsg::Take).await
    }
}

/// What clients see.
pub struct Shop(Arc<Next<OrdersMsg>>);

#[actor(pub)]
impl Shop {
    #[message]
    async fn visit(&mut self, class: Criticality) -> Result<(), Failed> {
        self.0.call(class, OrdersMsg::Order).await
    }
}

/// Spawns the three, the last one first.
pub async fn spawn(
    system: &System,
    with_policies: bool,
) -> Result<Pool<ShopMsg>, Box<dyn std::error::Error>> {
    let stock = pool(system, "stock", 2, with_policies, || Stock).await?;
    let next = Arc::new(Next::new(&stock, with_policies)?);
    let orders = move || Orders(Arc::clone(&next));
    let orders = pool(system, "orders", 16, with_policies, orders).await?;
    let next = Arc::new(Next::new(&orders, with_policies)?);
    let shop = move || Shop(Arc::clone(&next));
    Ok(pool(system, "shop", 32, with_policies, shop).await?)
}

/// With policies, its mailboxes shed what waits longer than 40 ms while all of it does.
async fn pool<A: Actor>(
    system: &System,
    name: &str,
    workers: usize,
    sheds: bool,
    factory: impl Fn() -> A + Send + Sync + 'static,
) -> Result<Pool<A::Msg>, PoolError> {
    let target = QueueTime::target(Duration::from_millis(40));
    system
        .pool(name, workers, factory)
        .routing(Routing::least_loaded())
        .mailbox(move |mailbox| match sheds {
            true => mailbox.shed(target),
            false => mailbox,
        })
        .await
}
