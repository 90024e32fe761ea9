//! Six programs of the Savina suite, with the sizes that its sources have as defaults.
//!
//! Shams Imam and Vivek Sarkar: Savina, an actor benchmark suite (AGERE 2014). One iteration is a
//! whole program: a system is made, actors are spawned, the work is done and its result is
//! checked, and the system is shut down.

mod banking;
mod big;
mod chameneos;
mod fork_join_create;
mod ping_pong;
mod random;
mod thread_ring;

use std::time::Duration;

use criterion::{Criterion, Throughput};
use greenroom_benches::{Fault, Workers};

/// How long an answer at the end of a program may take: seconds at most, but not where it is built
/// without optimisation on a busy machine. What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    program(
        &mut criterion,
        "ping_pong",
        ping_pong::PINGS,
        ping_pong::run,
    );
    program(
        &mut criterion,
        "thread_ring",
        thread_ring::HOPS,
        thread_ring::run,
    );
    let actors = fork_join_create::ACTORS;
    program(
        &mut criterion,
        "fork_join_create",
        actors,
        fork_join_create::run,
    );
    program(&mut criterion, "big", big::ACTORS * big::PINGS, big::run);
    program(
        &mut criterion,
        "chameneos",
        chameneos::MEETINGS,
        chameneos::run,
    );
    program(&mut criterion, "banking", banking::TRANSFERS, banking::run);
    criterion.final_summary();
}

/// A program, and how many of what it counts it does.
fn program<F>(criterion: &mut Criterion, name: &str, elements: u64, run: fn() -> F)
where
    F: Future<Output = Result<(), Fault>> + Send + 'static,
{
    let workers = Workers::start();
    let mut group = criterion.benchmark_group("savina");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(elements))
        .bench_function(name, |bencher| bencher.iter(|| workers.run(run())));
    group.finish();
}
