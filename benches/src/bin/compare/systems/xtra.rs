//! xtra: a type for each message, bounded mailboxes, neither names nor supervision.

use std::ops::Range;

use ::xtra::{Actor, Address, Context, Handler, Mailbox};

use super::{CAPACITY, CROWD, Capacity, Kind, System, built_in, two_workers};
use crate::clock;
use crate::drive::{self, Places};
use crate::measurement::{Fault, Outcome};
use crate::scenario::{Load, Scenario};
use crate::tally::{Counter, Tally};

pub(crate) const SYSTEM: System = System {
    name: "xtra",
    kind: Kind::Actors,
    capacity: || {
        let (address, _mailbox) = Mailbox::<Adder>::bounded(CAPACITY);
        address
            .capacity()
            .map_or(Capacity::Unbounded, Capacity::Messages)
    },
    setup: "`send(m).detach().await`; asks by `send(m).await`, which has no time-out; no names, \
            no supervision",
    crowd: CROWD,
    available: built_in,
    host: two_workers,
    cells: &[
        (Scenario::Tell1To1, |load| Box::pin(tell(load, 1))),
        (Scenario::Tell4To1, |load| Box::pin(tell(load, 4))),
        (Scenario::Ask, |load| Box::pin(ask(load))),
        (Scenario::Pingpong, |load| Box::pin(pingpong(load))),
        (Scenario::Spawn, |load| {
            Box::pin(drive::spawn(load, populate))
        }),
        (Scenario::Memory, |load| {
            Box::pin(drive::memory(load, populate))
        }),
    ],
    alone: &[],
    policies: &[],
};

async fn tell(load: Load, senders: u64) -> Outcome {
    let (tally, totals) = Tally::new(load.count());
    drive::tell(load, senders, start(Sink(tally)), totals, feed).await
}

async fn feed(sink: Address<Sink>, values: Range<u64>) -> Result<(), Fault> {
    for value in values {
        // What `detach` yields once the message is queued is the way to its reply, not wanted here.
        drop(sink.send(value).detach().await?);
    }
    Ok(())
}

async fn ask(load: Load) -> Outcome {
    drive::ask(load, start(Adder::default()), query).await
}

async fn query(adder: Address<Adder>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum = adder.send(value).await?;
    }
    Ok(sum)
}

async fn pingpong(load: Load) -> Outcome {
    let (tally, totals) = Tally::new(load.count() / 2);
    let player = Player {
        tally,
        end: load.count(),
        other: None,
    };
    let (ping, pong) = (start(player.clone()), start(player));
    ping.send(Meet(pong.clone())).await?;
    pong.send(Meet(ping.clone())).await?;
    let started = clock::now();
    drop(ping.send(Ball(0)).detach().await?);
    totals.settle(started, load, 2).await
}

async fn populate(
    mut places: Places<Address<Adder>>,
) -> Result<(Places<Address<Adder>>, u64), Fault> {
    let mut sum = 0;
    for (number, place) in (0_u64..).zip(&mut places) {
        let adder = start(Adder::default());
        sum += adder.send(number).await?;
        *place = Some(adder);
    }
    Ok((places, sum))
}

fn start<A: Actor<Stop = ()>>(actor: A) -> Address<A> {
    ::xtra::spawn_tokio(actor, Mailbox::bounded(CAPACITY))
}

struct Sink(Tally);

impl Actor for Sink {
    type Stop = ();

    async fn stopped(self) {}
}

impl Handler<u64> for Sink {
    type Return = ();

    async fn handle(&mut self, value: u64, _: &mut Context<Self>) {
        self.0.count(value);
    }
}

#[derive(Default)]
struct Adder(Counter);

impl Actor for Adder {
    type Stop = ();

    async fn stopped(self) {}
}

impl Handler<u64> for Adder {
    type Return = u64;

    async fn handle(&mut self, value: u64, _: &mut Context<Self>) -> u64 {
        self.0.add(value)
    }
}

#[derive(Clone)]
struct Player {
    tally: Tally,
    end: u64,
    other: Option<Address<Self>>,
}

struct Meet(Address<Player>);

struct Ball(u64);

impl Actor for Player {
    type Stop = ();

    async fn stopped(self) {}
}

impl Handler<Meet> for Player {
    type Return = ();

    async fn handle(&mut self, Meet(other): Meet, _: &mut Context<Self>) {
        self.other = Some(other);
    }
}

impl Handler<Ball> for Player {
    type Return = ();

    async fn handle(&mut self, Ball(value): Ball, _: &mut Context<Self>) {
        self.tally.count(value);
        if let Some(other) = &self.other
            && value + 1 < self.end
        {
            let sent = other.send(Ball(value + 1)).detach().await;
            drop(sent.expect("the other player never stops"));
        }
    }
}
