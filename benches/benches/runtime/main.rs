//! Criterion benches of the runtime by itself. Each checks the work that it has timed.

mod ask;
mod ping_pong;
mod pool;
mod restart;
mod spawn;
mod tell;
mod timers;

use std::ops::Range;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    tell::bench(&mut criterion);
    ask::bench(&mut criterion);
    ping_pong::bench(&mut criterion);
    spawn::bench(&mut criterion);
    restart::bench(&mut criterion);
    timers::bench(&mut criterion);
    pool::bench(&mut criterion);
    criterion.final_summary();
}

/// The numbers up to `count` dealt out to so many tasks, each of which gets a run of them.
fn shares(count: u64, tasks: u64) -> impl Iterator<Item = Range<u64>> {
    (0..tasks).map(move |task| count * task / tasks..count * (task + 1) / tasks)
}
