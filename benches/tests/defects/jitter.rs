//! Whether calls that failed together come back together, in spite of jitter (F6).

use std::time::Duration;

use futures::future::join_all;
use greenroom_resilience::{Pipeline, Retry};
use tokio::time::Instant;
use tower::retry::backoff::{Backoff as _, ExponentialBackoffMaker, MakeBackoff as _};
use tower::util::rng::HasherRng;

use crate::support::{Down, as_told};

/// Less than a second: of whole ones tower draws jitter in whole seconds, which is none here.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);
const CALLS: usize = 20;

/// How many different waits there are among those of one retry of each call.
fn different(mut waits: Vec<Duration>) -> usize {
    waits.sort_unstable();
    waits.dedup();
    waits.len()
}

#[tokio::test(start_paused = true)]
async fn tower_gives_every_call_of_a_service_the_same_jitter() {
    let rng = HasherRng::new();
    let maker = ExponentialBackoffMaker::new(FIRST, LONGEST, 1.0, rng);
    let mut maker = maker.expect("sound settings");
    let mut calls: Vec<_> = (0..CALLS).map(|_| maker.make_backoff()).collect();
    let now = Instant::now();
    for retry in 0..4 {
        let wait = |call: &mut _| wait_of(call, now);
        let waits: Vec<_> = calls.iter_mut().map(wait).collect();
        assert!(waits[0] > FIRST * 2_u32.pow(retry), "there is jitter");
        assert_eq!(different(waits), 1, "retry {retry}");
    }
}

fn wait_of(call: &mut tower::retry::backoff::ExponentialBackoff, now: Instant) -> Duration {
    call.next_backoff().deadline() - now
}

#[tokio::test(start_paused = true)]
async fn greenroom_draws_the_jitter_of_each_call_anew() {
    let retry = Retry::exponential(FIRST..=LONGEST).attempts(2).no_budget();
    let pipeline = Pipeline::builder("jitter").retry(retry).idempotent();
    let pipeline = pipeline.build().expect("sound settings");
    let began = Instant::now();
    let waits = join_all((0..CALLS).map(|_| async {
        let failed = pipeline.call(|| as_told(Err(Down))).await;
        failed.expect_err("the service is down");
        began.elapsed()
    }));
    // Waits end at milliseconds, so that two may fall together.
    assert!(different(waits.await) > CALLS / 2);
}
