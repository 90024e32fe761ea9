//! greenroom: an enum of messages in a bounded mailbox, names, supervision with restart.

use std::ops::Range;

use ::greenroom::System as Greenroom;
use ::greenroom::prelude::*;

use super::pipelines;
use super::{CAPACITY, Capacity, Kind, OURS, System, built_in, two_workers};
use crate::clock;
use crate::drive::{self, Places};
use crate::measurement::{Fault, Outcome};
use crate::scenario::{Load, Scenario};
use crate::tally::{Counter, Tally};

pub(crate) const SYSTEM: System = System {
    name: OURS,
    kind: Kind::Actors,
    // What a mailbox has by default; nothing here sets another.
    capacity: || Capacity::Messages(CAPACITY),
    setup: "`tell(m).await`, `ask(f).await`, both with the time-out of 5 s that they have by \
            default; a default system, named and supervised actors, their default mailbox, start \
            awaited",
    crowd: 1_000_000,
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
    policies: pipelines::CELLS,
};

async fn tell(load: Load, senders: u64) -> Outcome {
    let (tally, totals) = Tally::new(load.count());
    let system = Greenroom::new("bench");
    let sink = system.spawn("sink", move || Sink(tally.clone())).await?;
    drive::tell(load, senders, sink, totals, feed).await
}

async fn feed(sink: ActorRef<u64>, values: Range<u64>) -> Result<(), Fault> {
    for value in values {
        sink.tell(value).await?;
    }
    Ok(())
}

async fn ask(load: Load) -> Outcome {
    let system = Greenroom::new("bench");
    let adder = system.spawn("adder", Adder::default).await?;
    drive::ask(load, adder, query).await
}

async fn query(adder: ActorRef<Add>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum = adder.ask(|reply| Add(value, reply)).await?;
    }
    Ok(sum)
}

async fn pingpong(load: Load) -> Outcome {
    let (tally, totals) = Tally::new(load.count() / 2);
    let system = Greenroom::new("bench");
    let player = Player {
        tally,
        end: load.count(),
        other: None,
    };
    let twin = player.clone();
    let ping = system.spawn("ping", move || player.clone()).await?;
    let pong = system.spawn("pong", move || twin.clone()).await?;
    ping.tell(Rally::Meet(pong.clone())).await?;
    pong.tell(Rally::Meet(ping.clone())).await?;
    let started = clock::now();
    ping.tell(Rally::Ball(0)).await?;
    totals.settle(started, load, 2).await
}

async fn spawn(load: Load) -> Outcome {
    let system = Greenroom::new("bench");
    drive::spawn(load, |places| populate(&system, places)).await
}

async fn memory(load: Load) -> Outcome {
    let system = Greenroom::new("bench");
    drive::memory(load, |places| populate(&system, places)).await
}

async fn populate(
    system: &Greenroom,
    mut places: Places<ActorRef<Add>>,
) -> Result<(Places<ActorRef<Add>>, u64), Fault> {
    let mut sum = 0;
    for (number, place) in (0_u64..).zip(&mut places) {
        let adder = system
            .spawn(format!("adder-{number}"), Adder::default)
            .await?;
        sum += adder.ask(|reply| Add(number, reply)).await?;
        *place = Some(adder);
    }
    Ok((places, sum))
}

struct Sink(Tally);

impl Actor for Sink {
    type Msg = u64;

    async fn handle(&mut self, value: u64, _: &mut Context<Self>) -> ActorResult {
        self.0.count(value);
        Ok(())
    }
}

#[derive(Default)]
struct Adder(Counter);

struct Add(u64, Reply<u64>);

impl Actor for Adder {
    type Msg = Add;

    async fn handle(&mut self, Add(value, reply): Add, _: &mut Context<Self>) -> ActorResult {
        reply.send(self.0.add(value));
        Ok(())
    }
}

#[derive(Clone)]
struct Player {
    tally: Tally,
    end: u64,
    other: Option<ActorRef<Rally>>,
}

enum Rally {
    Meet(ActorRef<Self>),
    Ball(u64),
}

impl Actor for Player {
    type Msg = Rally;

    async fn handle(&mut self, message: Rally, _: &mut Context<Self>) -> ActorResult {
        match message {
            Rally::Meet(other) => self.other = Some(other),
            Rally::Ball(value) => {
                self.tally.count(value);
                if let Some(other) = &self.other
                    && value + 1 < self.end
                {
                    other.tell(Rally::Ball(value + 1)).await?;
                }
            }
        }
        Ok(())
    }
}
