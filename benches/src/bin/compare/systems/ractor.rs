//! ractor: an enum of messages, one unbounded queue, supervision by notice.

use std::ops::Range;

use ::ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, RpcReplyPort, call_t};

use super::{CROWD, Capacity, Kind, System, TIME_OUT, built_in, two_workers};
use crate::clock;
use crate::drive::{self, Places};
use crate::measurement::{Fault, Outcome};
use crate::scenario::{Load, Scenario};
use crate::tally::{Counter, Tally};

pub(crate) const SYSTEM: System = System {
    name: "ractor",
    kind: Kind::Actors,
    capacity: || Capacity::Unbounded,
    setup: "`cast`, its only tell, which never waits; `call_t!` with 5 s; named, \
            linked to a parent",
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
    let parent = parent().await?;
    let (sink, _) =
        Actor::spawn_linked(Some("sink".to_owned()), Sink, tally, parent.get_cell()).await?;
    drive::tell(load, senders, sink, totals, feed).await
}

async fn feed(sink: ActorRef<u64>, values: Range<u64>) -> Result<(), Fault> {
    for value in values {
        sink.cast(value)?;
    }
    Ok(())
}

async fn ask(load: Load) -> Outcome {
    let parent = parent().await?;
    let adder = adder("adder".to_owned(), parent.get_cell()).await?;
    drive::ask(load, adder, query).await
}

async fn query(adder: ActorRef<Add>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum = call_t!(adder, Add, TIME_OUT.as_millis() as u64, value)?;
    }
    Ok(sum)
}

async fn pingpong(load: Load) -> Outcome {
    let (tally, totals) = Tally::new(load.count() / 2);
    let parent = parent().await?.get_cell();
    let arguments = (tally, load.count());
    let (ping, _) = Actor::spawn_linked(
        Some("ping".to_owned()),
        Player,
        arguments.clone(),
        parent.clone(),
    )
    .await?;
    let (pong, _) = Actor::spawn_linked(Some("pong".to_owned()), Player, arguments, parent).await?;
    ping.cast(Rally::Meet(pong.clone()))?;
    pong.cast(Rally::Meet(ping.clone()))?;
    let started = clock::now();
    ping.cast(Rally::Ball(0))?;
    totals.settle(started, load, 2).await
}

async fn spawn(load: Load) -> Outcome {
    let parent = parent().await?;
    drive::spawn(load, |places| populate(parent.get_cell(), places)).await
}

async fn memory(load: Load) -> Outcome {
    let parent = parent().await?;
    drive::memory(load, |places| populate(parent.get_cell(), places)).await
}

async fn populate(
    parent: ActorCell,
    mut places: Places<ActorRef<Add>>,
) -> Result<(Places<ActorRef<Add>>, u64), Fault> {
    let mut sum = 0;
    for (number, place) in (0..).zip(&mut places) {
        let adder = adder(format!("adder-{number}"), parent.clone()).await?;
        sum += call_t!(adder, Add, TIME_OUT.as_millis() as u64, number)?;
        *place = Some(adder);
    }
    Ok((places, sum))
}

async fn parent() -> Result<ActorRef<()>, Fault> {
    Ok(Actor::spawn(Some("parent".to_owned()), Parent, ()).await?.0)
}

async fn adder(name: String, parent: ActorCell) -> Result<ActorRef<Add>, Fault> {
    Ok(Actor::spawn_linked(Some(name), Adder, (), parent).await?.0)
}

struct Parent;

impl Actor for Parent {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

struct Sink;

impl Actor for Sink {
    type Msg = u64;
    type State = Tally;
    type Arguments = Tally;

    async fn pre_start(&self, _: ActorRef<u64>, tally: Tally) -> Result<Tally, ActorProcessingErr> {
        Ok(tally)
    }

    async fn handle(
        &self,
        _: ActorRef<u64>,
        value: u64,
        tally: &mut Tally,
    ) -> Result<(), ActorProcessingErr> {
        tally.count(value);
        Ok(())
    }
}

struct Adder;

struct Add(u64, RpcReplyPort<u64>);

impl Actor for Adder {
    type Msg = Add;
    type State = Counter;
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Add>, (): ()) -> Result<Counter, ActorProcessingErr> {
        Ok(Counter::default())
    }

    async fn handle(
        &self,
        _: ActorRef<Add>,
        Add(value, reply): Add,
        counter: &mut Counter,
    ) -> Result<(), ActorProcessingErr> {
        reply.send(counter.add(value))?;
        Ok(())
    }
}

struct Player;

enum Rally {
    Meet(ActorRef<Self>),
    Ball(u64),
}

struct Game {
    tally: Tally,
    end: u64,
    other: Option<ActorRef<Rally>>,
}

impl Actor for Player {
    type Msg = Rally;
    type State = Game;
    type Arguments = (Tally, u64);

    async fn pre_start(
        &self,
        _: ActorRef<Rally>,
        (tally, end): (Tally, u64),
    ) -> Result<Game, ActorProcessingErr> {
        Ok(Game {
            tally,
            end,
            other: None,
        })
    }

    async fn handle(
        &self,
        _: ActorRef<Rally>,
        message: Rally,
        game: &mut Game,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Rally::Meet(other) => game.other = Some(other),
            Rally::Ball(value) => {
                game.tally.count(value);
                if let Some(other) = &game.other
                    && value + 1 < game.end
                {
                    other.cast(Rally::Ball(value + 1))?;
                }
            }
        }
        Ok(())
    }
}
