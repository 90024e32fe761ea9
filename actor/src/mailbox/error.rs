//! What can be wrong with the settings of a mailbox.

use greenroom_resilience::shed::ShedError;
use thiserror::Error;

/// A mailbox that can't be built; nothing was spawned.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum MailboxError {
    /// A mailbox without room could never deliver; give a capacity of at least 1.
    #[error("a mailbox needs a capacity of at least 1")]
    ZeroCapacity,
    /// A bound of zero bytes would refuse everything; give at least 1.
    #[error("a mailbox bounded in bytes needs a bound of at least 1 byte")]
    ZeroBytes,
    /// A mailbox has 2 to 8 lanes; one lane is the plain mailbox.
    #[error("a mailbox has 2 to 8 lanes, not {0}")]
    Lanes(usize),
    /// Each lane needs one weight of at least 1.
    #[error("{lanes} lanes need as many weights, each at least 1, not {weights}")]
    Weights {
        /// How many lanes there are.
        lanes: usize,
        /// How many usable weights were given.
        weights: usize,
    },
    /// The queue time by which it is to shed can't work.
    #[error("the mailbox can't shed so: {0}")]
    Shed(#[from] ShedError),
}
