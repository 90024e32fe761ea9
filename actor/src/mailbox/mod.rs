//! The mailbox: a bounded queue behind one lock, with one consumer that takes many at each visit.
//!
//! Three rules hold everywhere in this folder. Nothing of the user's runs under the lock: closures
//! over messages run before it, messages are dropped and wakers woken after it. Every place is
//! accounted for: queued messages and granted reservations together never exceed the capacity. And
//! whatever leaves the queue without being handled is handed to the caller, who must bury it.

mod batch;
mod envelope;
mod error;
mod lanes;
mod marks;
mod post;
mod settings;
mod state;
mod take;
mod turn;
mod waiters;

#[cfg(all(test, greenroom_loom))]
mod loom_tests;
#[cfg(all(test, not(greenroom_loom)))]
mod tests;

pub(crate) use batch::Batch;
pub(crate) use envelope::{Attachment, Begin, Envelope, Verdict};
pub use error::MailboxError;
pub(crate) use marks::Notice;
pub(crate) use post::{Refusal, Refused, Removed, RemovedBy, Ticket};
pub(crate) use settings::Policy;
pub use settings::{MailboxSettings, Overflow};
pub(crate) use state::Mailbox;
pub(crate) use take::Taken;
pub(crate) use turn::is_hasty;
