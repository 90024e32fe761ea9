//! Dead letters: every message that was not handled, counted, and handed to whoever wants to know.

mod hub;
mod letter;
mod log;

pub use hub::{DeadLetterCounts, DeadLetters};
pub(crate) use hub::Hub;
pub use letter::{DeadLetter, DeadLetterReason};
