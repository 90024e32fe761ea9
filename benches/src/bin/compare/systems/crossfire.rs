//! crossfire: a queue without locks, its variant for many senders and one receiver.

use std::ops::Range;

use ::crossfire::{MAsyncTx, detect_backoff_cfg, mpsc};

use super::{CAPACITY, CROWD, Capacity, Kind, System, built_in, two_workers};
use crate::drive;
use crate::measurement::{Fault, Outcome};
use crate::scenario::{Load, Scenario};
use crate::tally::Tally;

pub(crate) const SYSTEM: System = System {
    name: "crossfire",
    kind: Kind::Channel,
    capacity: || {
        let (sender, _receiver) = mpsc::bounded_async::<u64>(CAPACITY);
        sender
            .capacity()
            .map_or(Capacity::Unbounded, Capacity::Messages)
    },
    setup: "`mpsc::bounded_async`, `send(m).await`, a task that loops on `recv().await`; \
            `detect_backoff_cfg()` first, as its documentation says",
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
    detect_backoff_cfg();
    let (mut tally, totals) = Tally::new(load.count());
    let (sender, receiver) = mpsc::bounded_async(CAPACITY);
    tokio::spawn(async move {
        while let Ok(value) = receiver.recv().await {
            tally.count(value);
        }
    });
    drive::tell(load, senders, sender, totals, feed).await
}

async fn feed(sender: MAsyncTx<mpsc::Array<u64>>, values: Range<u64>) -> Result<(), Fault> {
    for value in values {
        sender.send(value).await?;
    }
    Ok(())
}
