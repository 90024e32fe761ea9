//! async-channel: a bounded queue without locks, for many senders and receivers.

use std::ops::Range;

use ::async_channel::{Sender, bounded};

use super::{CAPACITY, CROWD, Capacity, Kind, System, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::scenario::{Load, Scenario};
use crate::tally::Tally;

pub(crate) const SYSTEM: System = System {
    name: "async_channel",
    kind: Kind::Channel,
    capacity: || {
        bounded::<u64>(CAPACITY)
            .0
            .capacity()
            .map_or(Capacity::Unbounded, Capacity::Messages)
    },
    setup: "`send(m).await`, a task that loops on `recv().await`",
    crowd: CROWD,
    available: built_in,
    host: two_workers,
    cells: &[
        (Scenario::Tell1To1, |load| Box::pin(tell(load, 1))),
        (Scenario::Tell4To1, |load| Box::pin(tell(load, 4))),
    ],
    alone: &[],
    policies: &[],
};

async fn tell(load: Load, senders: u64) -> Outcome {
    let (mut tally, totals) = Tally::new(load.count());
    let (sender, receiver) = bounded(CAPACITY);
    tokio::spawn(async move {
        while let Ok(value) = receiver.recv().await {
            tally.count(value);
        }
    });
    drive::tell(load, senders, sender, totals, feed).await
}

async fn feed(sender: Sender<u64>, values: Range<u64>) -> Result<(), Fault> {
    for value in values {
        sender.send(value).await?;
    }
    Ok(())
}
