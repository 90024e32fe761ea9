//! Dead letters: every message that was not handled, counted, and handed to whoever wants to know.

mod hub;
mod letter;
mod log;

pub(crate) use hub::Hub;
pub use hub::{DeadLetterCounts, DeadLetters};
pub use letter::{DeadLetter, DeadLetterReason};
