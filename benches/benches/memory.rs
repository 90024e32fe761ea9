//! What an idle actor occupies once it has handled one message, in bytes of the resident set.
//!
//! A process of its own, in which no actor ends: what is given back to the allocator would be used
//! again, and what uses it again would seem to occupy nothing.

use std::ops::Range;
use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, SamplingMode, Throughput};
use greenroom::prelude::*;
use greenroom_benches::{Count, Counter, CounterMsg, Fault, Workers, resident};

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(Resident)
        .configure_from_args();
    bench(&mut criterion);
    criterion.final_summary();
}

fn bench(criterion: &mut Criterion<Resident>) {
    let workers = Workers::start();
    let system = System::new("memory");
    let mut group = criterion.benchmark_group("memory");
    // As short as it gives a few hundred thousand actors, which all are there at the end.
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500));
    let mut next = 0;
    group.bench_function("idle_actor", |bencher| {
        bencher.iter_custom(|actors| {
            let numbers = next..next + actors;
            next = numbers.end;
            workers.run(grown(system.clone(), numbers))
        });
    });
    group.finish();
}

/// By how much the process grows with so many actors.
async fn grown(system: System, numbers: Range<u64>) -> Result<u64, Fault> {
    let expected = Count::of(numbers.clone());
    let before = resident::bytes()?;
    let mut count = Count::default();
    for number in numbers {
        let newcomer = move || Counter::starting_with(Count::of(number..number + 1));
        let actor = system.spawn(format!("actor-{number}"), newcomer).await?;
        count = count.and(actor.ask(CounterMsg::Take).await?);
    }
    let after = resident::bytes()?;
    count.check(expected)?;
    Ok(after.saturating_sub(before))
}

/// Measures bytes instead of time; where criterion says `time`, they are meant.
struct Resident;

impl Measurement for Resident {
    type Intermediate = u64;
    type Value = u64;

    fn start(&self) -> u64 {
        resident::bytes().expect("the process has a resident set")
    }

    fn end(&self, before: u64) -> u64 {
        self.start().saturating_sub(before)
    }

    fn add(&self, one: &u64, other: &u64) -> u64 {
        one + other
    }

    fn zero(&self) -> u64 {
        0
    }

    fn to_f64(&self, bytes: &u64) -> f64 {
        *bytes as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &Bytes
    }
}

struct Bytes;

impl ValueFormatter for Bytes {
    fn scale_values(&self, _typical: f64, _values: &mut [f64]) -> &'static str {
        "B"
    }

    fn scale_throughputs(&self, _: f64, _: &Throughput, _values: &mut [f64]) -> &'static str {
        "B"
    }

    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        "B"
    }
}
