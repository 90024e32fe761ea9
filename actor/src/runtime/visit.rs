//! One turn of an actor on its thread, and when it is over.

use std::time::Duration;

use tokio::time::Instant;

/// A visit ends after this many messages, so that others get their turn.
const VISIT_MESSAGES: u32 = 256;
/// Or after this time: the clock is read only after the 2nd, 4th, 8th .. message of a visit, since
/// reading it costs more than a message.
const VISIT_TIME: Duration = Duration::from_micros(500);

/// After a visit with this many messages the actor yields once before it sleeps: its senders are
/// at work, and to be woken by the next message costs more than to look again. An actor that is
/// asked one thing at a time sleeps at once.
const BUSY_VISIT: u32 = 16;

/// One turn of the actor on its thread.
#[derive(Default)]
pub(super) struct Visit {
    messages: u32,
    began: Option<Instant>,
}

impl Visit {
    /// Counts a message; true when the turn is over.
    pub(super) fn count(&mut self) -> bool {
        self.messages += 1;
        if self.messages >= VISIT_MESSAGES {
            return true;
        }
        if !self.messages.is_power_of_two() || self.messages == 1 {
            return false;
        }
        let now = Instant::now();
        now.duration_since(*self.began.get_or_insert(now)) >= VISIT_TIME
    }

    /// Whether anything was handled in it yet.
    pub(super) fn is_new(&self) -> bool {
        self.messages == 0
    }

    /// Whether its senders are at work, so that more can be expected.
    pub(super) fn is_busy(&self) -> bool {
        self.messages >= BUSY_VISIT
    }
}
