//! [`LoadShed`]: by what calls are shed; and [`Signal`], a utilization that somebody else knows.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::check::ShedError;
use super::marks::Marks;
use super::queue_time::QueueTime;

/// By what calls are shed: plain data, from which a [`Shedder`](super::Shedder) is made.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::LoadShed;
/// use greenroom_resilience::shed::{Marks, QueueTime};
///
/// LoadShed::QueueTime(QueueTime::target(Duration::from_millis(20))).check()?;
/// LoadShed::in_flight(200).check()?;
/// LoadShed::signal(|| 0.3).check()?;
/// # Ok::<(), greenroom_resilience::shed::ShedError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum LoadShed {
    /// By how long calls waited: in a pipeline, on the way to this policy, in the queue of a
    /// bulkhead or for their turn at a rate limit outside of it.
    QueueTime(QueueTime),
    /// By how many calls are inside, of so many that there can be.
    InFlight(usize, Marks),
    /// By a signal of the caller's.
    Signal(Signal, Marks),
}

impl LoadShed {
    /// Sheds by how long calls waited, with an interval of 100 ms; see [`QueueTime::target`].
    #[must_use]
    pub const fn queue_time(target: Duration) -> Self {
        Self::QueueTime(QueueTime::target(target))
    }

    /// Sheds by how many calls are inside, of `limit`, with the [default](Marks) marks.
    ///
    /// More never are: of the last ones only critical calls find a place.
    #[must_use]
    pub fn in_flight(limit: usize) -> Self {
        Self::InFlight(limit, Marks::default())
    }

    /// Sheds by a signal from 0, idle, to 1, full, with the [default](Marks) marks; see [`Signal`].
    pub fn signal(signal: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self::Signal(Signal::new(signal), Marks::default())
    }

    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// The first that applies, of [`ShedError`].
    pub fn check(&self) -> Result<(), ShedError> {
        match self {
            Self::QueueTime(settings) => settings.check(),
            Self::InFlight(0, _) => Err(ShedError::NoPlaces),
            Self::InFlight(_, marks) | Self::Signal(_, marks) => marks.check(),
        }
    }
}

/// A utilization that somebody else knows, as a closure: that of a processor, of memory, of a pool
/// of connections, the fill of a mailbox.
///
/// It is asked at each call, so it has to be quick: an atomic that something else keeps up to date.
#[derive(Clone)]
pub struct Signal(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Signal {
    /// From 0, idle, to 1, full. What is no number sheds nothing.
    pub fn new(signal: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(signal))
    }

    pub(super) fn read(&self) -> f64 {
        (self.0)()
    }
}

/// The same closure, not one that gives the same.
impl PartialEq for Signal {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signal").finish_non_exhaustive()
    }
}
