//! kameo: a type for each message, bounded mailboxes, supervision with restart.

use std::ops::Range;

use ::kameo::actor::{ActorRef, Spawn};
use ::kameo::error::Infallible;
use ::kameo::message::{Context, Message};
use ::kameo::{Actor, mailbox};

use super::{CAPACITY, CROWD, Capacity, Kind, System, TIME_OUT, built_in, two_workers};
use crate::clock;
use crate::drive::{self, Places};
use crate::measurement::{Fault, Outcome};
use crate::scenario::{Load, Scenario};
use crate::tally::{Counter, Tally};

pub(crate) const SYSTEM: System = System {
    name: "kameo",
    kind: Kind::Actors,
    capacity: || {
        let (sender, _receiver) = mailbox::bounded::<Adder>(CAPACITY);
        sender
            .max_capacity()
            .map_or(Capacity::Unbounded, Capacity::Messages)
    },
    setup: "`tell(m).send().await`, `ask(m).reply_timeout(5 s).send().await`; registered by name, \
            supervised by a parent, start-up awaited",
    crowd: CROWD,
    available: built_in,
    host: two_workers,
    cells: &[
        (Scenario::Tell1To1, |load| Box::pin(tell(load, 1))),
        (Scenario::Tell4To1, |load| Box::pin(tell(load, 4))),
        (Scenario::Ask, |load| Box::pin(ask(load))),
        (Scenario::Pingpong, |load| Box::pin(pingpong(load))),
        (Scenario::Spawn, |load| Box::pin(spawn(load))),
        (Scenario::Memory, |load| Box::pin(memory(load))),
    ],
    alone: &[],
    policies: &[],
};

async fn tell(load: Load, senders: u64) -> Outcome {
    let (tally, totals) = Tally::new(load.count());
    let parent = Parent::spawn(Parent);
    let sink = start(&parent, "sink".to_owned(), move || Sink(tally.clone())).await?;
    drive::tell(load, senders, sink, totals, feed).await
}

async fn feed(sink: ActorRef<Sink>, values: Range<u64>) -> Result<(), Fault> {
    for value in values {
        sink.tell(value).send().await?;
    }
    Ok(())
}

async fn ask(load: Load) -> Outcome {
    let parent = Parent::spawn(Parent);
    let adder = start(&parent, "adder".to_owned(), Adder::default).await?;
    drive::ask(load, adder, query).await
}

async fn query(adder: ActorRef<Adder>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum = adder.ask(value).reply_timeout(TIME_OUT).send().await?;
    }
    Ok(sum)
}

async fn pingpong(load: Load) -> Outcome {
    let (tally, totals) = Tally::new(load.count() / 2);
    let parent = Parent::spawn(Parent);
    let player = Player {
        tally,
        end: load.count(),
        other: None,
    };
    let twin = player.clone();
    let ping = start(&parent, "ping".to_owned(), move || player.clone()).await?;
    let pong = start(&parent, "pong".to_owned(), move || twin.clone()).await?;
    ping.tell(Meet(pong.clone())).send().await?;
    pong.tell(Meet(ping.clone())).send().await?;
    let started = clock::now();
    ping.tell(Ball(0)).send().await?;
    totals.settle(started, load, 2).await
}

async fn spawn(load: Load) -> Outcome {
    let parent = Parent::spawn(Parent);
    drive::spawn(load, |places| populate(parent.clone(), places)).await
}

async fn memory(load: Load) -> Outcome {
    let parent = Parent::spawn(Parent);
    drive::memory(load, |places| populate(parent.clone(), places)).await
}

async fn populate(
    parent: ActorRef<Parent>,
    mut places: Places<ActorRef<Adder>>,
) -> Result<(Places<ActorRef<Adder>>, u64), Fault> {
    let mut sum = 0;
    for (number, place) in (0_u64..).zip(&mut places) {
        let adder = start(&parent, format!("adder-{number}"), Adder::default).await?;
        sum += adder.ask(number).reply_timeout(TIME_OUT).send().await?;
        *place = Some(adder);
    }
    Ok((places, sum))
}

/// Starts an actor with all that a greenroom actor has by default: a parent that restarts it, a
/// name, and the certainty that it has started.
async fn start<A>(
    parent: &ActorRef<Parent>,
    name: String,
    make: impl Fn() -> A + Send + Sync + 'static,
) -> Result<ActorRef<A>, Fault>
where
    A: Actor<Args = A> + Sync,
{
    let actor = A::supervise_with(parent, make)
        .spawn_with_mailbox(mailbox::bounded(CAPACITY))
        .await;
    actor.register(name)?;
    actor.wait_for_startup().await;
    Ok(actor)
}

#[derive(Clone)]
struct Parent;

impl Actor for Parent {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(parent: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(parent)
    }
}

struct Sink(Tally);

impl Actor for Sink {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(sink: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(sink)
    }
}

impl Message<u64> for Sink {
    type Reply = ();

    async fn handle(&mut self, value: u64, _: &mut Context<Self, ()>) {
        self.0.count(value);
    }
}

#[derive(Default)]
struct Adder(Counter);

impl Actor for Adder {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(adder: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(adder)
    }
}

impl Message<u64> for Adder {
    type Reply = u64;

    async fn handle(&mut self, value: u64, _: &mut Context<Self, u64>) -> u64 {
        self.0.add(value)
    }
}

#[derive(Clone)]
struct Player {
    tally: Tally,
    end: u64,
    other: Option<ActorRef<Self>>,
}

struct Meet(ActorRef<Player>);

struct Ball(u64);

impl Actor for Player {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(player: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(player)
    }
}

impl Message<Meet> for Player {
    type Reply = ();

    async fn handle(&mut self, Meet(other): Meet, _: &mut Context<Self, ()>) {
        self.other = Some(other);
    }
}

impl Message<Ball> for Player {
    type Reply = ();

    async fn handle(&mut self, Ball(value): Ball, _: &mut Context<Self, ()>) {
        self.tally.count(value);
        if let Some(other) = &self.other
            && value + 1 < self.end
        {
            other
                .tell(Ball(value + 1))
                .send()
                .await
                .expect("the other player never stops");
        }
    }
}
