//! Pools: what each way of choosing a worker costs.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use greenroom::prelude::*;
use greenroom_benches::{Count, Counter, CounterMsg, Fault, Workers, clock};

/// Messages a round.
const MESSAGES: u64 = 50_000;

const WORKERS: usize = 4;

/// Different keys, many for each worker.
const KEYS: u64 = 64;

pub(crate) fn bench(criterion: &mut Criterion) {
    let workers = Workers::start();
    let mut group = criterion.benchmark_group("pool");
    group.throughput(Throughput::Elements(MESSAGES));
    let by_key = Routing::by_key(|message: &CounterMsg| match message {
        CounterMsg::Add(number) => number % KEYS,
        CounterMsg::Take(_) => 0,
    });
    for (name, routing) in [
        ("round_robin", Routing::round_robin()),
        ("random", Routing::random()),
        ("least_loaded", Routing::least_loaded()),
        ("by_key", by_key),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| workers.run(shared(rounds, routing.clone())));
        });
    }
    group.finish();
}

async fn shared(rounds: u64, routing: Routing<CounterMsg>) -> Result<Duration, Fault> {
    let system = System::new("pool");
    let pool = system
        .pool("counters", WORKERS, Counter::default)
        .routing(routing)
        .await?;
    let expected = Count::of(0..MESSAGES);
    let mut elapsed = Duration::ZERO;
    for _ in 0..rounds {
        let started = clock::now();
        for number in 0..MESSAGES {
            pool.tell(CounterMsg::Add(number)).await?;
        }
        let mut count = Count::default();
        for counter in pool.workers() {
            count = count.and(counter.ask(CounterMsg::Take).await?);
        }
        elapsed += clock::now().duration_since(started);
        count.check(expected)?;
    }
    system.shutdown().await?;
    Ok(elapsed)
}
