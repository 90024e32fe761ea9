//! What one round of one system yields, and how it travels from the round's process.

use std::time::Duration;

pub(crate) use greenroom_benches::Fault;
use serde_json::{Value, json};

/// A round's figure, or why there is none.
pub(crate) type Outcome = Result<Measurement, Fault>;

/// The figure of one round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Measurement {
    /// So many operations took so long.
    Time { ns_per_op: f64, ops: u64 },
    /// Each of so many actors occupies so much.
    Memory { bytes_per_actor: f64, actors: u64 },
}

impl Measurement {
    /// `ops` operations took `elapsed`.
    pub(crate) fn time(elapsed: Duration, ops: u64) -> Self {
        Self::Time {
            ns_per_op: elapsed.as_nanos() as f64 / ops as f64,
            ops,
        }
    }

    /// `actors` actors occupy `bytes`.
    pub(crate) fn memory(bytes: u64, actors: u64) -> Self {
        Self::Memory {
            bytes_per_actor: bytes as f64 / actors as f64,
            actors,
        }
    }

    /// Nanoseconds for an operation, or bytes for an actor.
    pub(crate) fn figure(self) -> f64 {
        match self {
            Self::Time { ns_per_op, .. } => ns_per_op,
            Self::Memory {
                bytes_per_actor, ..
            } => bytes_per_actor,
        }
    }

    /// How many operations, or actors, the figure was taken over.
    pub(crate) fn over(self) -> u64 {
        match self {
            Self::Time { ops, .. } => ops,
            Self::Memory { actors, .. } => actors,
        }
    }

    /// The line that a round's process prints.
    pub(crate) fn to_line(self) -> String {
        match self {
            Self::Time { ns_per_op, ops } => json!({ "ns_per_op": ns_per_op, "ops": ops }),
            Self::Memory {
                bytes_per_actor,
                actors,
            } => {
                json!({ "bytes_per_actor": bytes_per_actor, "actors": actors })
            }
        }
        .to_string()
    }

    /// Reads what [`Measurement::to_line`] wrote.
    pub(crate) fn from_line(line: &str) -> Result<Self, Fault> {
        let value: Value = serde_json::from_str(line)?;
        let (number, count) = (
            |key: &str| value[key].as_f64(),
            |key: &str| value[key].as_u64(),
        );
        if let (Some(ns_per_op), Some(ops)) = (number("ns_per_op"), count("ops")) {
            Ok(Self::Time { ns_per_op, ops })
        } else if let (Some(bytes_per_actor), Some(actors)) =
            (number("bytes_per_actor"), count("actors"))
        {
            Ok(Self::Memory {
                bytes_per_actor,
                actors,
            })
        } else {
            Err(format!("not a measurement: {line}").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_survives_the_way_from_its_process() {
        for measurement in [
            Measurement::time(Duration::from_nanos(500), 7),
            Measurement::memory(4_096, 3),
        ] {
            let read = Measurement::from_line(&measurement.to_line());
            assert_eq!(read.expect("the line was just written"), measurement);
        }
        assert!(Measurement::from_line("{}").is_err());
    }
}
