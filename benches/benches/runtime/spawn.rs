//! Spawns: an actor until its first answer, and the whole life of one.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use greenroom::prelude::*;
use greenroom_benches::{Count, Counter, CounterMsg, Fault, Workers, check, clock};

pub(crate) fn bench(criterion: &mut Criterion) {
    let workers = Workers::start();
    let mut group = criterion.benchmark_group("spawn");
    group.throughput(Throughput::Elements(1));
    group.bench_function("first_answer", |bencher| {
        bencher.iter_custom(|actors| workers.run(crowd(actors)));
    });
    group.bench_function("whole_life", |bencher| {
        bencher.iter_custom(|actors| workers.run(lives(actors)));
    });
    group.finish();
}

/// Actors that stay: each is named, supervised and asked once.
async fn crowd(actors: u64) -> Result<Duration, Fault> {
    let system = System::new("crowd");
    let mut count = Count::default();
    let started = clock::now();
    for number in 0..actors {
        count = count.and(first_answer(&system, number).await?.1);
    }
    let elapsed = clock::now().duration_since(started);
    count.check(Count::of(0..actors))?;
    system.shutdown().await?;
    Ok(elapsed)
}

/// Actors one after the other: each is stopped, and has ended when the next one starts.
async fn lives(actors: u64) -> Result<Duration, Fault> {
    let system = System::new("lives");
    let mut count = Count::default();
    let mut stopped = 0;
    let started = clock::now();
    for number in 0..actors {
        let (actor, first) = first_answer(&system, number).await?;
        count = count.and(first);
        actor.stop();
        stopped += u64::from(matches!(actor.terminated().await, StopReason::Stopped));
    }
    let elapsed = clock::now().duration_since(started);
    count.check(Count::of(0..actors))?;
    check("actors that ended when stopped", stopped, actors)?;
    system.shutdown().await?;
    Ok(elapsed)
}

async fn first_answer(
    system: &System,
    number: u64,
) -> Result<(ActorRef<CounterMsg>, Count), Fault> {
    let newcomer = move || Counter::starting_with(Count::of(number..number + 1));
    let actor = system.spawn(format!("actor-{number}"), newcomer).await?;
    let count = actor.ask(CounterMsg::Take).await?;
    Ok((actor, count))
}
