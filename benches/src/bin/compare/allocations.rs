//! What an operation allocates, counted apart from its time.

use allocation_counter::{AllocationInfo, measure};
use serde_json::{Value, json};

use crate::measurement::{Fault, Outcome};
use crate::scenario::Load;
use crate::systems::Round;

/// Blocks and bytes that each operation allocates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Allocations {
    pub(crate) blocks: f64,
    pub(crate) bytes: f64,
}

impl Allocations {
    /// Counts them as the difference between a round and one of twice its length, so that what is
    /// allocated once does not count. All runs on this thread, which is the one that is counted.
    pub(crate) fn count(round: &Round) -> Result<Self, Fault> {
        let [short, long] = [2_000, 4_000].map(|count| Load::of(count).expect("it is even"));
        counted(round, short)?;
        let (short_info, long_info) = (counted(round, short)?, counted(round, long)?);
        let calls = (long.count() - short.count()) as f64;
        let of = |long: u64, short: u64| long.saturating_sub(short) as f64 / calls;
        Ok(Self {
            blocks: of(long_info.count_total, short_info.count_total),
            bytes: of(long_info.bytes_total, short_info.bytes_total),
        })
    }

    /// The line that a round's process prints.
    pub(crate) fn to_line(self) -> String {
        let Self { blocks, bytes } = self;
        json!({ "allocs_per_op": blocks, "bytes_per_op": bytes }).to_string()
    }

    /// Reads what [`Allocations::to_line`] wrote.
    pub(crate) fn from_line(line: &str) -> Result<Self, Fault> {
        let value: Value = serde_json::from_str(line)?;
        match (
            value["allocs_per_op"].as_f64(),
            value["bytes_per_op"].as_f64(),
        ) {
            (Some(blocks), Some(bytes)) => Ok(Self { blocks, bytes }),
            _ => Err(format!("not a count of allocations: {line}").into()),
        }
    }
}

fn counted(round: &Round, load: Load) -> Result<AllocationInfo, Fault> {
    let mut outcome: Outcome = Err("it was not run".into());
    let info = measure(|| outcome = on_this_thread(round, load));
    outcome?;
    Ok(info)
}

fn on_this_thread(round: &Round, load: Load) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(round(load))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Measurement;

    #[test]
    fn what_each_operation_allocates_is_counted_and_what_is_allocated_once_is_not() {
        let round: Round = Box::new(|load| {
            Box::pin(async move {
                let _once = vec![0_u8; 1_000];
                for value in load.values() {
                    drop(std::hint::black_box(Box::new(value)));
                }
                Ok(Measurement::time(std::time::Duration::ZERO, load.count()))
            })
        });
        let counted = Allocations::count(&round).expect("the round comes out right");
        assert_eq!((counted.blocks, counted.bytes), (1.0, 8.0));
        let read = Allocations::from_line(&counted.to_line());
        assert_eq!(read.expect("the line was just written"), counted);
    }
}
