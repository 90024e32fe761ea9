//! Settings, the latencies of the last calls, and races.

mod latencies;
mod races;
mod settings;

use std::time::Duration;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
