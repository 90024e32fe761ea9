//! Random work on a random tree: the tree stays a tree, and every message is accounted for.

mod driver;
mod ledger;
mod node;
mod random;

use std::time::Duration;

use driver::Driver;

const OPERATIONS: usize = 10_000;

/// More virtual time than any chain of graces, backoffs and time-outs here can take.
const BOUND: Duration = Duration::from_secs(3_600);

async fn run(seed: u64) {
    let mut driver = Driver::new(seed).await;
    for _ in 0..OPERATIONS {
        driver.step().await;
    }
    driver.end(BOUND).await;
}

/// One paused runtime a seed; a failure names the seed.
fn check(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let run = std::panic::AssertUnwindSafe(|| runtime.block_on(run(seed)));
        if let Err(panic) = std::panic::catch_unwind(run) {
            eprintln!("seed {seed} failed");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn ten_thousand_operations_keep_every_promise() {
    check(0..3);
}

#[test]
fn ten_thousand_operations_of_other_seeds_keep_every_promise() {
    check(100..103);
}
