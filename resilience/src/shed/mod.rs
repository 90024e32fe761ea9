//! Load shedding: which calls are refused at once when there are more than can be served.
//!
#![doc = include_str!("../../docs/shed.md")]

mod check;
mod codel;
mod criticality;
mod marks;
mod queue_time;
mod settings;
mod shell;

pub use check::ShedError;
pub use codel::Codel;
pub use criticality::Criticality;
pub use marks::Marks;
pub use queue_time::QueueTime;
pub use settings::{LoadShed, Signal};
pub use shell::{Shed, Shedder};

#[cfg(test)]
mod tests;
