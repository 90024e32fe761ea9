//! actix: actors bound to the thread of an arbiter; here two arbiters, one for the actor and one
//! for those that send to it.

use std::ops::Range;

use ::actix::{
    Actor, Addr, Arbiter, Context, Handler, Message, Supervised, Supervisor, System as Actix,
};
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::{CAPACITY, CROWD, Capacity, Kind, System, TIME_OUT, built_in};
use crate::clock;
use crate::drive::{self, Places};
use crate::measurement::{Fault, Outcome};
use crate::scenario::{Load, Scenario};
use crate::tally::{Counter, Tally};

pub(crate) const SYSTEM: System = System {
    name: "actix",
    kind: Kind::Actors,
    capacity: || Capacity::Unbounded,
    setup: "`do_send`, its only tell that neither fails nor awaits the handler, and which its \
            mailbox's bound does not hold; `send(m).timeout(5 s).await`; supervised, no names; \
            sender and actor in two arbiters, one for spawn and memory",
    crowd: CROWD,
    available: built_in,
    host,
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

/// The main thread waits; the arbiters' threads do the work.
fn host(cell: BoxFuture<'static, Outcome>) -> Outcome {
    Actix::new().block_on(cell)
}

async fn tell(load: Load, senders: u64) -> Outcome {
    let (tally, totals) = Tally::new(load.count());
    let (home, away) = (Arbiter::new(), Arbiter::new());
    let sink = Supervisor::start_in_arbiter(&home.handle(), |_| Sink(tally));
    let started = clock::now();
    for share in load.shares(senders) {
        away.spawn(feed(sink.clone(), share));
    }
    totals.settle(started, load, 1).await
}

async fn feed(sink: Addr<Sink>, values: Range<u64>) {
    for value in values {
        sink.do_send(Tell(value));
    }
}

async fn ask(load: Load) -> Outcome {
    let (home, away) = (Arbiter::new(), Arbiter::new());
    let adder = Supervisor::start_in_arbiter(&home.handle(), |_| Adder::default());
    drive::ask(load, adder, |adder, values| on(&away, query(adder, values))).await
}

async fn query(adder: Addr<Adder>, values: Range<u64>) -> Result<u64, Fault> {
    let mut sum = 0;
    for value in values {
        sum = adder.send(Ask(value)).timeout(TIME_OUT).await?;
    }
    Ok(sum)
}

async fn pingpong(load: Load) -> Outcome {
    let (tally, totals) = Tally::new(load.count() / 2);
    let (home, away) = (Arbiter::new(), Arbiter::new());
    let player = Player {
        tally,
        end: load.count(),
        other: None,
    };
    let twin = player.clone();
    let ping = Supervisor::start_in_arbiter(&home.handle(), |_| player);
    let pong = Supervisor::start_in_arbiter(&away.handle(), |_| twin);
    ping.send(Meet(pong.clone())).await?;
    pong.send(Meet(ping.clone())).await?;
    let started = clock::now();
    ping.do_send(Tell(0));
    totals.settle(started, load, 2).await
}

async fn populate(places: Places<Addr<Adder>>) -> Result<(Places<Addr<Adder>>, u64), Fault> {
    on(&Arbiter::new(), settle_in(places)).await
}

async fn settle_in(mut places: Places<Addr<Adder>>) -> Result<(Places<Addr<Adder>>, u64), Fault> {
    let mut sum = 0;
    for (number, place) in (0_u64..).zip(&mut places) {
        let adder = Supervisor::start(|_| Adder::default());
        sum += adder.send(Ask(number)).timeout(TIME_OUT).await?;
        *place = Some(adder);
    }
    Ok((places, sum))
}

/// Runs a future in an arbiter's thread and waits for what it yields.
fn on<T: Send + 'static>(
    arbiter: &Arbiter,
    work: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> impl Future<Output = Result<T, Fault>> {
    let (sender, receiver) = oneshot::channel();
    arbiter.spawn(async move {
        let _nobody_waits = sender.send(work.await);
    });
    async move { receiver.await? }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Tell(u64);

struct Sink(Tally);

impl Actor for Sink {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.set_mailbox_capacity(CAPACITY);
    }
}

impl Supervised for Sink {}

impl Handler<Tell> for Sink {
    type Result = ();

    fn handle(&mut self, Tell(value): Tell, _: &mut Context<Self>) {
        self.0.count(value);
    }
}

#[derive(Message)]
#[rtype(result = "u64")]
struct Ask(u64);

#[derive(Default)]
struct Adder(Counter);

impl Actor for Adder {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.set_mailbox_capacity(CAPACITY);
    }
}

impl Supervised for Adder {}

impl Handler<Ask> for Adder {
    type Result = u64;

    fn handle(&mut self, Ask(value): Ask, _: &mut Context<Self>) -> u64 {
        self.0.add(value)
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Meet(Addr<Player>);

#[derive(Clone)]
struct Player {
    tally: Tally,
    end: u64,
    other: Option<Addr<Self>>,
}

impl Actor for Player {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.set_mailbox_capacity(CAPACITY);
    }
}

impl Supervised for Player {}

impl Handler<Meet> for Player {
    type Result = ();

    fn handle(&mut self, Meet(other): Meet, _: &mut Context<Self>) {
        self.other = Some(other);
    }
}

impl Handler<Tell> for Player {
    type Result = ();

    fn handle(&mut self, Tell(value): Tell, _: &mut Context<Self>) {
        self.tally.count(value);
        if let Some(other) = &self.other
            && value + 1 < self.end
        {
            other.do_send(Tell(value + 1));
        }
    }
}
