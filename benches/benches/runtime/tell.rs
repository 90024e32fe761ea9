//! Tells: one, four and sixteen tasks to one actor, and one task to a thousand actors.

use std::ops::Range;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use futures::future::try_join_all;
use greenroom::prelude::*;
use greenroom_benches::{Count, Counter, CounterMsg, Fault, Workers, clock};

use crate::shares;

/// Messages a round to one actor: a hundred times its mailbox, so that senders meet a full one.
const FAN_IN: u64 = 100_000;

/// Messages a round to many actors: a thousand for each, so that the question which ends a round
/// is a small part of it.
const FAN_OUT: u64 = 1_000_000;

const ACTORS: u64 = 1_000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let workers = Workers::start();
    let mut group = criterion.benchmark_group("tell");
    group.throughput(Throughput::Elements(FAN_IN));
    for senders in [1, 4, 16] {
        group.bench_function(format!("{senders}_to_1"), |bencher| {
            bencher.iter_custom(|rounds| workers.run(fan_in(rounds, senders)));
        });
    }
    group
        .sample_size(10)
        .throughput(Throughput::Elements(FAN_OUT));
    group.bench_function("1_to_1000", |bencher| {
        bencher.iter_custom(|rounds| workers.run(fan_out(rounds)));
    });
    group.finish();
}

async fn fan_in(rounds: u64, senders: u64) -> Result<Duration, Fault> {
    let system = System::new("fan-in");
    let counter = system.spawn("counter", Counter::default).await?;
    let expected = Count::of(0..FAN_IN);
    let mut elapsed = Duration::ZERO;
    for _ in 0..rounds {
        let started = clock::now();
        let feeders: Vec<_> = shares(FAN_IN, senders)
            .map(|share| tokio::spawn(feed(counter.clone(), share)))
            .collect();
        for feeder in feeders {
            feeder.await??;
        }
        let count = counter.ask(CounterMsg::Take).await?;
        elapsed += clock::now().duration_since(started);
        count.check(expected)?;
    }
    system.shutdown().await?;
    Ok(elapsed)
}

async fn feed(counter: ActorRef<CounterMsg>, numbers: Range<u64>) -> Result<(), Fault> {
    for number in numbers {
        counter.tell(CounterMsg::Add(number)).await?;
    }
    Ok(())
}

async fn fan_out(rounds: u64) -> Result<Duration, Fault> {
    let system = System::new("fan-out");
    let spawned = (0..ACTORS).map(|n| system.spawn(format!("counter-{n}"), Counter::default));
    let counters = try_join_all(spawned.map(IntoFuture::into_future)).await?;
    let expected = Count::of(0..FAN_OUT);
    let mut elapsed = Duration::ZERO;
    for _ in 0..rounds {
        let started = clock::now();
        for (number, counter) in (0..FAN_OUT).zip(counters.iter().cycle()) {
            counter.tell(CounterMsg::Add(number)).await?;
        }
        let mut count = Count::default();
        for counter in &counters {
            count = count.and(counter.ask(CounterMsg::Take).await?);
        }
        elapsed += clock::now().duration_since(started);
        count.check(expected)?;
    }
    system.shutdown().await?;
    Ok(elapsed)
}
