//! [`Due`]: until when somebody waits for an answer, as it travels beside the message.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use greenroom_resilience::deadline::Deadline;
use tokio::time::Instant;

use crate::environment::Environment;

/// The deadline of one ask: nanoseconds since its system began, set by the asker, read by whoever
/// handles the message.
///
/// An atomic, since it is read for each poll of a handler. It publishes nothing but itself.
#[derive(Debug)]
pub(super) struct Due(AtomicU64);

/// Nobody has looked at the clock yet.
const UNSET: u64 = 0;
/// The answer was given: what is done after it must not end with the asker's patience.
const OVER: u64 = u64::MAX;

impl Due {
    pub(super) const fn new() -> Self {
        Self(AtomicU64::new(UNSET))
    }

    pub(super) fn set(&self, at: Instant, environment: &Environment) {
        let nanos = at.saturating_duration_since(environment.origin).as_nanos();
        let nanos = u64::try_from(nanos).unwrap_or(OVER - 1);
        // An answer may have been given meanwhile.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
                (now != OVER).then_some(nanos.clamp(UNSET + 1, OVER - 1))
            });
    }

    /// When it is, where that is set.
    pub(super) fn at(&self, environment: &Environment) -> Option<Instant> {
        match self.0.load(Ordering::Relaxed) {
            UNSET | OVER => None,
            nanos => environment.origin.checked_add(Duration::from_nanos(nanos)),
        }
    }

    /// What the handler runs under.
    #[inline]
    pub(super) fn deadline(&self, environment: &Environment) -> Option<Deadline> {
        self.at(environment).map(Deadline::at)
    }

    pub(super) fn is_unset(&self) -> bool {
        self.0.load(Ordering::Relaxed) == UNSET
    }

    /// The answer was given.
    #[inline]
    pub(super) fn end(&self) {
        self.0.store(OVER, Ordering::Relaxed);
    }
}
