//! Answers that are kept, on a paused clock.

mod keeping;
mod stale;

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{advance, sleep};

use super::*;

type Answer = Result<u32, &'static str>;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn cache(settings: Cache) -> CallCache<String, u32, &'static str> {
    CallCache::new(&settings).expect("sound settings")
}

/// Keeps answers for 100 ms.
fn short() -> Cache {
    Cache::new(100).ttl(ms(100))
}

async fn ask(cache: &CallCache<String, u32, &'static str>, answer: Answer) -> Answer {
    cache.get_or_call("a", || async move { answer }).await
}
