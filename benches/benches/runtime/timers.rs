//! Timers: set and cancelled, and a thousand that ring together.

use std::ops::Range;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use futures::future::try_join_all;
use greenroom::prelude::*;
use greenroom_benches::{Count, Fault, Workers, clock};

use crate::shares;

/// Timers a round, nearly as many as one actor may have.
const TIMERS: u64 = 1_000;

/// Never reached: the timers are cancelled before.
const FAR: Duration = Duration::from_secs(3_600);

/// The shortest delay that is not rounded up.
const NEAR: Duration = Duration::from_millis(1);

pub(crate) fn bench(criterion: &mut Criterion) {
    let workers = Workers::start();
    let mut group = criterion.benchmark_group("timers");
    group.throughput(Throughput::Elements(TIMERS));
    group.bench_function("set_and_cancel", |bencher| {
        bencher.iter_custom(|rounds| workers.run(cancelled(rounds)));
    });
    for actors in [1, 1_000] {
        group.bench_function(format!("ring_in_{actors}"), |bencher| {
            bencher.iter_custom(|rounds| workers.run(rung(rounds, actors)));
        });
    }
    group.finish();
}

async fn cancelled(rounds: u64) -> Result<Duration, Fault> {
    let system = System::new("cancelled");
    let clockwork = system.spawn("clockwork", Clockwork::default).await?;
    let expected = Count::of(0..TIMERS);
    let mut elapsed = Duration::ZERO;
    for _ in 0..rounds {
        let started = clock::now();
        let count = clockwork
            .ask(|reply| ClockworkMsg::SetAndCancel(0..TIMERS, reply))
            .await?;
        elapsed += clock::now().duration_since(started);
        count.check(expected)?;
    }
    system.shutdown().await?;
    Ok(elapsed)
}

/// The delay is part of the figure: what is above it is the work.
async fn rung(rounds: u64, actors: u64) -> Result<Duration, Fault> {
    let system = System::new("rung");
    let spawned = (0..actors).map(|n| system.spawn(format!("clockwork-{n}"), Clockwork::default));
    let clockworks = try_join_all(spawned.map(IntoFuture::into_future)).await?;
    let expected = Count::of(0..TIMERS);
    let mut elapsed = Duration::ZERO;
    for _ in 0..rounds {
        let started = clock::now();
        let asks = clockworks
            .iter()
            .zip(shares(TIMERS, actors))
            .map(|(clockwork, keys)| clockwork.ask(|reply| ClockworkMsg::Ring(keys, reply)));
        let counts = try_join_all(asks.map(IntoFuture::into_future)).await?;
        elapsed += clock::now().duration_since(started);
        let count = counts.into_iter().fold(Count::default(), Count::and);
        count.check(expected)?;
    }
    system.shutdown().await?;
    Ok(elapsed)
}

enum ClockworkMsg {
    /// Sets these timers, cancels them, and answers with those that were there to be cancelled.
    SetAndCancel(Range<u64>, Reply<Count>),
    /// Sets these timers, and answers with those that have ticked when there are none left.
    Ring(Range<u64>, Reply<Count>),
    Tick(u64),
}

#[derive(Default)]
struct Clockwork {
    ticked: Count,
    waiting: Option<(u64, Reply<Count>)>,
}

impl Actor for Clockwork {
    type Msg = ClockworkMsg;

    async fn handle(&mut self, message: ClockworkMsg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            ClockworkMsg::SetAndCancel(keys, reply) => {
                for key in keys.clone() {
                    ctx.set_timer(key, FAR, ClockworkMsg::Tick(key))?;
                }
                let mut cancelled = self.ticked;
                for key in keys.filter(|key| ctx.cancel_timer(*key)) {
                    cancelled.add(key);
                }
                reply.send(cancelled);
            }
            ClockworkMsg::Ring(keys, reply) => {
                self.waiting = Some((keys.end - keys.start, reply));
                for key in keys {
                    ctx.set_timer(key, NEAR, ClockworkMsg::Tick(key))?;
                }
            }
            ClockworkMsg::Tick(key) => {
                self.ticked.add(key);
                let all = self.ticked.messages();
                if let Some((_, reply)) = self.waiting.take_if(|(keys, _)| *keys == all) {
                    reply.send(std::mem::take(&mut self.ticked));
                }
            }
        }
        Ok(())
    }
}
