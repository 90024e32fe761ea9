//! The machines before simulated queues, and rule by rule; the shell on a paused clock.

mod marks;
mod queue;
mod rules;

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::Criticality::{Critical, CriticalPlus, Sheddable, SheddablePlus};
use super::{Codel, Criticality, LoadShed, Marks, QueueTime, Shed, ShedError, Shedder};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
