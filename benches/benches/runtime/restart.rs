//! Restarts: from a failure to the first answer of the next instance.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use greenroom::prelude::*;
use greenroom::supervision::{Backoff, Jitter, Strategy};
use greenroom_benches::{Fault, Workers, check, clock};

/// Children where all are restarted for one.
const SIBLINGS: u64 = 10;

pub(crate) fn bench(criterion: &mut Criterion) {
    let workers = Workers::start();
    let mut group = criterion.benchmark_group("restart");
    group.throughput(Throughput::Elements(1));
    group.bench_function("one_for_one", |bencher| {
        bencher.iter_custom(|failures| workers.run(restarts(Strategy::one_for_one(), 1, failures)));
    });
    group.throughput(Throughput::Elements(SIBLINGS));
    group.bench_function("one_for_all_of_10", |bencher| {
        bencher.iter_custom(|failures| {
            workers.run(restarts(Strategy::one_for_all(), SIBLINGS, failures))
        });
    });
    group.finish();
}

/// The first of the children fails each time; all of them must be new ones then.
async fn restarts(strategy: Strategy, children: u64, failures: u64) -> Result<Duration, Fault> {
    // Without a pause, and without an end: what restarting takes, not what it waits for.
    let strategy = strategy
        .intensity(u32::MAX, Duration::from_secs(1))
        .backoff(Backoff::constant(Duration::ZERO).jitter(Jitter::None));
    let system = System::builder("restart").supervision(strategy).build();
    let mut fragile = Vec::new();
    for number in 0..children {
        let mut instance = 0;
        let factory = move || {
            instance += 1;
            Fragile { instance }
        };
        fragile.push(system.spawn(format!("fragile-{number}"), factory).await?);
    }
    let first = fragile.first().ok_or("there are no children")?;
    let started = clock::now();
    for failure in 1..=failures {
        first.tell(FragileMsg::Fail).await?;
        for actor in &fragile {
            let instance = actor.ask(FragileMsg::Instance).await?;
            check("the instance that answers", instance, failure + 1)?;
        }
    }
    let elapsed = clock::now().duration_since(started);
    system.shutdown().await?;
    Ok(elapsed)
}

struct Fragile {
    instance: u64,
}

enum FragileMsg {
    Fail,
    Instance(Reply<u64>),
}

impl Actor for Fragile {
    type Msg = FragileMsg;

    async fn handle(&mut self, message: FragileMsg, _: &mut Context<Self>) -> ActorResult {
        match message {
            FragileMsg::Fail => Err(Failure::message("as it was told")),
            FragileMsg::Instance(reply) => {
                reply.send(self.instance);
                Ok(())
            }
        }
    }
}
