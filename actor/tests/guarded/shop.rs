//! An actor that answers as it is told, and pipelines around it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{GuardedCause, GuardedError};
use greenroom_resilience::backoff::Jitter;
use greenroom_resilience::pipeline::{PipelineBuilder, Reason};
use greenroom_resilience::{Breaker, Pipeline, Retry};
use tokio::sync::Semaphore;

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) enum Order {
    /// Counted.
    Note(u32),
    /// Counted and answered with how many were counted.
    Count(Reply<u32>),
    /// Counted; the reply is dropped the first so many times.
    Flaky(u32, Reply<u32>),
    /// Counted; waits for the gate, and answers.
    Hold(Reply<u32>),
    /// Answered with what it is, an error or not.
    Say(Result<u32, &'static str>, Reply<Result<u32, &'static str>>),
}

#[derive(Clone)]
pub(crate) struct Gate {
    open: Arc<Semaphore>,
    counted: Arc<AtomicU32>,
}

impl Gate {
    /// Lets so many held messages go on.
    pub(crate) fn open(&self, orders: usize) {
        self.open.add_permits(orders);
    }

    pub(crate) fn counted(&self) -> u32 {
        self.counted.load(Ordering::SeqCst)
    }
}

pub(crate) struct Shop(Gate);

impl Actor for Shop {
    type Msg = Order;

    async fn handle(&mut self, order: Order, _ctx: &mut Context<Self>) -> ActorResult {
        let count = || self.0.counted.fetch_add(1, Ordering::SeqCst) + 1;
        match order {
            Order::Note(_) => drop(count()),
            Order::Count(reply) => reply.send(count()),
            Order::Flaky(times, reply) => {
                let count = count();
                if count > times {
                    reply.send(count);
                }
            }
            Order::Hold(reply) => {
                let count = count();
                self.0.open.acquire().await?.forget();
                reply.send(count);
            }
            Order::Say(what, reply) => {
                count();
                reply.send(what);
            }
        }
        Ok(())
    }
}

/// A shop with room for so many orders that wait, which refuses the others.
pub(crate) async fn shop(system: &System, room: usize) -> (ActorRef<Order>, Gate) {
    let gate = Gate {
        open: Arc::new(Semaphore::new(0)),
        counted: Arc::default(),
    };
    let inside = gate.clone();
    let shop = system
        .spawn("shop", move || Shop(inside.clone()))
        .mailbox(move |mailbox| mailbox.capacity(room).overflow(Overflow::Reject));
    (shop.await.unwrap(), gate)
}

/// A shop that handles a held order and has no room for another, and those two orders' tasks.
pub(crate) async fn full_shop(system: &System) -> (ActorRef<Order>, Gate) {
    let (shop, gate) = shop(system, 1).await;
    for _ in 0..2 {
        let shop = shop.clone();
        tokio::spawn(async move { shop.ask(Order::Hold).timeout(ms(60_000)).await });
        tokio::time::sleep(ms(1)).await;
    }
    assert_eq!(gate.counted(), 1);
    (shop, gate)
}

/// A shop that handles a held order and has room for another.
pub(crate) async fn busy_shop(system: &System) -> (ActorRef<Order>, Gate) {
    let (shop, gate) = full_shop(system).await;
    gate.open(1);
    tokio::time::sleep(ms(1)).await;
    assert_eq!(gate.counted(), 2);
    (shop, gate)
}

pub(crate) fn retry() -> Retry {
    let retry = Retry::constant(ms(10)).jitter(Jitter::None);
    retry.attempts(4).no_budget()
}

pub(crate) fn build(builder: PipelineBuilder) -> Pipeline {
    builder.build().unwrap()
}

pub(crate) fn pipeline() -> PipelineBuilder {
    Pipeline::builder("shop")
}

pub(crate) fn retrying() -> Pipeline {
    build(pipeline().retry(retry()))
}

/// Opens at the first failure, for ever.
pub(crate) fn brittle() -> Breaker {
    Breaker::consecutive(1).open_for(ms(3_600_000))
}

/// Why a policy ended the call.
pub(crate) fn reason<M>(error: &GuardedError<M>) -> Reason {
    error
        .rejected()
        .unwrap_or_else(|| panic!("{error:?}"))
        .reason
}

/// How the last ask ended.
pub(crate) fn asked<M>(error: &GuardedError<M>) -> &AskError {
    match error.cause() {
        GuardedCause::Ask(error) => error,
        other => panic!("{other:?}"),
    }
}

/// A second shop that counts with the first.
pub(crate) fn twin(gate: &Gate) -> impl FnMut() -> Shop + Send + 'static {
    let gate = gate.clone();
    move || Shop(gate.clone())
}
