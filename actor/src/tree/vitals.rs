//! How busy an actor is and how long its messages wait, from samples: reading the clock costs more
//! than a message.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::custody::Custody;

/// What an actor is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum ActorState {
    /// Its `started` has not succeeded yet.
    Starting = 0,
    /// It handles messages, or waits for some.
    Running = 1,
    /// It has failed, and waits for its supervisor, its backoff, or its children's end.
    Restarting = 2,
    /// It takes no more messages and is on its way to its end.
    Stopping = 3,
}

impl ActorState {
    fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Starting,
            1 => Self::Running,
            2 => Self::Restarting,
            _ => Self::Stopping,
        }
    }
}

/// One visit in this many is timed; never the first one, since many actors have no other.
const SAMPLED: u32 = 16;

/// What an actor's task writes and others read; only that task writes, but for claims.
#[derive(Debug, Default)]
pub(crate) struct Vitals {
    pub(crate) handled: AtomicU64,
    pub(crate) failed: AtomicU32,
    pub(crate) restarts: AtomicU32,
    visits: AtomicU32,
    sampled: AtomicU32,
    busy_nanos: AtomicU64,
    /// 0 while nothing was sampled.
    wait_nanos: AtomicU64,
    state: AtomicU8,
    /// In the middle of a visit, or of a handler that waits for something.
    at_work: AtomicBool,
    pub(crate) custody: Custody,
}

impl Vitals {
    /// Counts a message; no other task writes, so it need not be one atomic step.
    #[inline]
    pub(crate) fn count(&self) {
        let handled = self.handled.load(Ordering::Relaxed);
        self.handled.store(handled + 1, Ordering::Relaxed);
    }

    pub(crate) fn enter(&self, state: ActorState) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    pub(crate) fn state(&self) -> ActorState {
        ActorState::from_number(self.state.load(Ordering::Relaxed))
    }

    pub(crate) fn is_at_work(&self) -> bool {
        self.at_work.load(Ordering::Relaxed)
    }

    /// The time spent in visits, extrapolated from those that were timed.
    pub(crate) fn busy(&self) -> Duration {
        let sampled = u128::from(self.sampled.load(Ordering::Relaxed).max(1));
        let visits = u128::from(self.visits.load(Ordering::Relaxed));
        let nanos = u128::from(self.busy_nanos.load(Ordering::Relaxed)) * visits / sampled;
        Duration::from_nanos(nanos.min(u128::from(u64::MAX)) as u64)
    }

    /// How long a message waited in the mailbox, the last time that was sampled.
    pub(crate) fn queue_wait(&self) -> Option<Duration> {
        let nanos = self.wait_nanos.load(Ordering::Relaxed);
        (nanos > 0).then(|| Duration::from_nanos(nanos))
    }
}

/// The task's side of the samples; boxed, since most of the time there is none.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Option<Box<Sample>>);

#[derive(Debug, Default)]
struct Sample {
    began: Option<Instant>,
    /// When what was queued at that time will have been handled, and the time.
    probe: Option<(u64, Instant)>,
}

impl Pulse {
    /// A visit begins, with this many messages queued.
    #[inline]
    pub(crate) fn begin(&mut self, vitals: &Vitals, queued: impl FnOnce() -> usize) {
        vitals.at_work.store(true, Ordering::Relaxed);
        let visits = vitals.visits.load(Ordering::Relaxed);
        vitals
            .visits
            .store(visits.wrapping_add(1), Ordering::Relaxed);
        if visits % SAMPLED == 1 {
            let now = Instant::now();
            let sample = self.0.get_or_insert_default();
            sample.began = Some(now);
            let handled = vitals.handled.load(Ordering::Relaxed);
            sample
                .probe
                .get_or_insert_with(|| (handled + queued() as u64, now));
        }
    }

    /// A visit ends.
    #[inline]
    pub(crate) fn end(&mut self, vitals: &Vitals) {
        vitals.at_work.store(false, Ordering::Relaxed);
        if let Some(sample) = &mut self.0
            && sample.is_over(vitals)
        {
            self.0 = None;
        }
    }
}

impl Sample {
    #[cold]
    fn is_over(&mut self, vitals: &Vitals) -> bool {
        let now = Instant::now();
        let nanos = |since: Instant| now.duration_since(since).as_nanos() as u64;
        if let Some(began) = self.began.take() {
            vitals.busy_nanos.fetch_add(nanos(began), Ordering::Relaxed);
            vitals.sampled.fetch_add(1, Ordering::Relaxed);
        }
        if let Some((handled, since)) = self.probe
            && vitals.handled.load(Ordering::Relaxed) >= handled
        {
            let waited = nanos(since).max(1);
            vitals.wait_nanos.store(waited, Ordering::Relaxed);
            self.probe = None;
        }
        self.probe.is_none()
    }
}
