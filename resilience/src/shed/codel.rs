//! [`Codel`]: the machine that sheds by the time calls wait in a queue.

use std::time::Duration;

use super::criticality::Criticality;
use super::queue_time::QueueTime;

/// Controlled delay: tells a queue that has to be shortened from one that only takes up a burst, by
/// the time for which calls waited in it.
///
/// After Nichols and Jacobson, "Controlling Queue Delay" (ACM Queue, 2012), in the variant for
/// servers of requests of Maurer, "Fail at Scale" (ACM Queue, 2015), and of folly's `Codel`: while
/// a queue is overloaded every call that waited too long is shed, and not one after another as
/// packets are, since nobody slows down for a request that is lost.
///
/// A pure machine for any queue: whoever takes a call out of it tells how long that waited. `now`
/// is the time since some origin; one that is earlier than another before it counts as that one.
///
/// Under overload the oldest first is the worst order, as each call is served just before it is too
/// late, or just after. A queue that can should then serve the newest first ("adaptive LIFO", in
/// Maurer's article): it asks [`is_overloaded`](Self::is_overloaded), [observes](Self::observe) the
/// wait of its *oldest* call, and asks with the own wait of each whether it is
/// [served](Self::serves).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Criticality;
/// use greenroom_resilience::shed::{Codel, QueueTime};
///
/// let ms = Duration::from_millis;
/// let mut codel = Codel::new(QueueTime::target(ms(5)).interval(ms(100)));
/// // Calls are taken out every 10 ms, and have waited 20 ms each.
/// let served = (0..=11).map(|call| codel.admit(ms(20), Criticality::Critical, ms(call * 10)));
/// let served: Vec<bool> = served.collect();
/// assert_eq!(served.iter().filter(|served| !**served).count(), 2, "after 100 ms");
/// ```
#[derive(Debug, Clone)]
pub struct Codel {
    settings: QueueTime,
    /// When the last call was taken out.
    latest: Option<Duration>,
    /// Since when every call had waited longer than the target.
    above_since: Option<Duration>,
    overloaded: bool,
}

impl Codel {
    /// The machine for a queue that is empty. The settings must have been
    /// [checked](QueueTime::check).
    #[must_use]
    pub fn new(settings: QueueTime) -> Self {
        debug_assert_eq!(settings.check(), Ok(()), "settings are checked first");
        Self {
            settings,
            latest: None,
            above_since: None,
            overloaded: false,
        }
    }

    /// The machine by other settings, for the same queue: an overload ends by the new target.
    pub(super) fn reconfigured(&self, settings: QueueTime) -> Self {
        Self {
            settings,
            ..self.clone()
        }
    }

    /// A call was taken out of the queue, oldest first, after so long a wait. Says whether to serve
    /// it.
    #[must_use = "a call that is not admitted is to be shed"]
    pub fn admit(&mut self, waited: Duration, criticality: Criticality, now: Duration) -> bool {
        self.observe(waited, now);
        self.serves(waited, criticality)
    }

    /// Takes note of how long the oldest call of the queue waited, when one is taken out.
    pub fn observe(&mut self, waited: Duration, now: Duration) {
        let latest = self
            .latest
            .replace(self.latest.map_or(now, |latest| latest.max(now)));
        let now = self.latest.unwrap_or(now);
        let QueueTime { target, interval } = self.settings;
        // A call that came after the last one was taken out had none before it: the queue was
        // empty, however long the server was busy.
        let was_empty = latest.is_none_or(|latest| now.saturating_sub(waited) > latest);
        if was_empty || waited <= target {
            self.above_since = None;
        }
        // Half the target, since with what is shed the wait comes down to just the target.
        if was_empty || waited <= target / 2 {
            self.overloaded = false;
        }
        if waited > target {
            let since = *self.above_since.get_or_insert(now);
            self.overloaded |= now - since >= interval;
        }
    }

    /// Whether a call that waited so long is to be served, as of what was last observed.
    #[must_use]
    pub fn serves(&self, waited: Duration, criticality: Criticality) -> bool {
        !self.overloaded || waited <= self.settings.longest(criticality)
    }

    /// Whether calls are being shed, as of what was last observed.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        self.overloaded
    }
}
