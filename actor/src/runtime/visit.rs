//! One turn of an actor on its thread, and when it is over.

use crate::environment::Environment;

/// A visit ends after this many messages, so that others get their turn.
const VISIT_MESSAGES: u16 = 256;
/// Or after this time: the clock is read only after the 2nd, 4th, 8th .. message of a visit, since
/// reading it costs more than a message.
const VISIT_MICROS: u32 = 500;

/// After a visit with this many messages the actor yields once before it sleeps: its senders are
/// at work, and to be woken by the next message costs more than to look again. An actor that is
/// asked one thing at a time sleeps at once.
const BUSY_VISIT: u16 = 16;

/// One turn of the actor on its thread.
#[derive(Default)]
pub(super) struct Visit {
    /// In microseconds, wrapped around: no visit lasts an hour.
    began: u32,
    messages: u16,
    /// Whether whatever comes into the mailbox wakes the actor's task, since this poll of it.
    pub(super) dozing: bool,
    /// Whether the handler has had to wait.
    pub(super) awaited: bool,
}

impl Visit {
    /// Counts a message; true when the turn is over.
    #[inline]
    pub(super) fn count(&mut self, environment: &Environment) -> bool {
        self.messages += 1;
        if self.messages >= VISIT_MESSAGES {
            return true;
        }
        if !self.messages.is_power_of_two() || self.messages == 1 {
            return false;
        }
        let now = environment.now().as_micros() as u32;
        if self.messages == 2 {
            self.began = now;
        }
        now.wrapping_sub(self.began) >= VISIT_MICROS
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
