//! What the handlers of every system do with a message: count it, and add its number up.

use std::time::Instant;

use greenroom_benches::{check, clock};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::measurement::{Measurement, Outcome};
use crate::scenario::Load;

/// The state of an actor that is told: stops the clock at the last message.
///
/// It can be cloned, since a supervisor may want to make its actor again.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    expected: u64,
    counter: Counter,
    report: UnboundedSender<Total>,
}

impl Tally {
    /// Counts up to `expected` messages, and what will hear of it.
    pub(crate) fn new(expected: u64) -> (Self, Totals) {
        let (report, totals) = unbounded_channel();
        (
            Self {
                expected,
                counter: Counter::default(),
                report,
            },
            Totals(totals),
        )
    }

    /// Counts one message, and reports if it was the last.
    #[inline]
    pub(crate) fn count(&mut self, value: u64) {
        self.counter.add(value);
        if self.counter.seen == self.expected {
            let total = Total {
                finished: clock::now(),
                counter: self.counter,
            };
            self.report
                .send(total)
                .expect("whoever waits for the total outlives the actors");
        }
    }
}

/// The state of an actor that is asked, as small as it can be.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counter {
    seen: u64,
    sum: u64,
}

impl Counter {
    /// Counts one message; what all messages so far add up to is the answer to an ask.
    #[inline]
    pub(crate) fn add(&mut self, value: u64) -> u64 {
        self.seen += 1;
        self.sum = self.sum.wrapping_add(value);
        self.sum
    }
}

/// What a [`Tally`] came to.
#[derive(Debug, Clone, Copy)]
struct Total {
    finished: Instant,
    counter: Counter,
}

/// Where the [`Total`]s of a round arrive.
#[derive(Debug)]
pub(crate) struct Totals(UnboundedReceiver<Total>);

impl Totals {
    /// Waits for the totals of `actors` and checks that together they are the whole load.
    pub(crate) async fn settle(mut self, started: Instant, load: Load, actors: usize) -> Outcome {
        let mut finished = started;
        let mut all = Counter::default();
        for _ in 0..actors {
            let total = self
                .0
                .recv()
                .await
                .ok_or("the actors ended before the last message")?;
            finished = finished.max(total.finished);
            all.seen += total.counter.seen;
            all.sum = all.sum.wrapping_add(total.counter.sum);
        }
        check("handled messages", all.seen, load.count())?;
        check("the sum of the messages", all.sum, load.sum())?;
        Ok(Measurement::time(
            finished.duration_since(started),
            load.count(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn settle(values: impl Iterator<Item = u64>) -> Outcome {
        let load = Scenario::Spawn.load(0);
        let (mut tally, totals) = Tally::new(load.count());
        values.for_each(|value| tally.count(value));
        drop(tally);
        tokio::runtime::Builder::new_current_thread()
            .build()?
            .block_on(totals.settle(clock::now(), load, 1))
    }

    #[test]
    fn a_round_counts_only_if_its_sum_is_right() {
        let load = Scenario::Spawn.load(0);
        assert!(settle(load.values()).is_ok());
        assert!(
            settle(load.values().map(|value| value.max(1))).is_err(),
            "one value is wrong"
        );
        assert!(
            settle(load.values().skip(1)).is_err(),
            "one message is lost"
        );
    }

    #[test]
    fn shares_are_the_whole_load() {
        let load = Scenario::Memory.load(10);
        assert!(load.shares(4).flatten().eq(load.values()));
        assert_eq!(load.sum(), load.values().sum::<u64>());
    }
}
