//! tokio's own mpsc channel: what ractor, kameo and many hand-written actors are built on.

use std::ops::Range;

use tokio::sync::mpsc::{Sender, channel};

use super::{CAPACITY, CROWD, Capacity, Kind, System, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::scenario::{Load, Scenario};
use crate::tally::Tally;

pub(crate) const SYSTEM: System = System {
    name: "tokio_mpsc",
    kind: Kind::Channel,
    capacity: || Capacity::Messages(channel::<u64>(CAPACITY).0.max_capacity()),
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
    let (sender, mut receiver) = channel(CAPACITY);
    tokio::spawn(async move {
        while let Some(value) = receiver.recv().await {
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
