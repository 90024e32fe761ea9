//! [`Bulkhead`]: how many calls may run at once, how many may wait, and how long.

use std::time::Duration;

/// The most callers that a queue may be made for.
///
/// A bound on memory: some fifty bytes for each, for as long as the bulkhead lives. A queue that
/// long is a symptom already.
pub const MAX_QUEUE: usize = 1_000_000;

/// The priority that is served before all others; a higher number counts as this one.
///
/// Four classes, 0 to 3: as many as distinguish work that nobody waits for, ordinary work, work
/// that somebody waits for, and work without which nothing else goes on. Each costs a few bytes.
pub const HIGHEST_PRIORITY: u8 = 3;

/// The settings of a bulkhead: a number of places, and a bounded queue for those who find none.
///
/// Plain data. A [`Gate`](super::Gate) made from it is what callers go through.
///
/// Unless set otherwise, nobody waits: a caller who finds no free place is rejected at once. That
/// is the default because a queue is of use only where calls are short against the patience of who
/// waits, which nobody but the user knows.
///
/// Building one cannot fail. [`check`](Self::check) says whether it makes sense, and no gate is
/// made of one that doesn't.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Bulkhead;
///
/// let bulkhead = Bulkhead::concurrent(64)
///     .queue(128)
///     .max_wait(Duration::from_millis(50));
/// bulkhead.check()?;
/// # Ok::<(), greenroom_resilience::bulkhead::BulkheadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulkhead {
    pub(super) places: usize,
    pub(super) queue: usize,
    /// `None` until set, so that `check` can tell a wait that is missing.
    pub(super) max_wait: Option<Duration>,
    pub(super) order: Order,
}

/// Who is served first of those that wait in one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The one that has waited longest.
    OldestFirst,
    /// The one that came last.
    NewestFirst,
}

impl Bulkhead {
    /// A bulkhead with `places` places: so many calls run at once, and no more.
    ///
    /// Nobody waits for a place unless [`queue`](Self::queue) and [`max_wait`](Self::max_wait) are
    /// set. There is no default for the number: it is a property of what is called.
    #[must_use]
    pub const fn concurrent(places: usize) -> Self {
        Self {
            places,
            queue: 0,
            max_wait: None,
            order: Order::OldestFirst,
        }
    }

    /// Sets how many callers may wait for a place. 0 by default: see [`Bulkhead`].
    ///
    /// A queue needs a [`max_wait`](Self::max_wait), and is at most [`MAX_QUEUE`] long. Memory is
    /// taken when callers wait, and not before.
    #[must_use]
    pub const fn queue(mut self, callers: usize) -> Self {
        self.queue = callers;
        self
    }

    /// Sets how long a caller waits for a place before it is rejected.
    ///
    /// There is no default, since a good one is a part of the caller's own patience: whoever has
    /// waited that long must still have time for the call. `Duration::MAX` waits without an end,
    /// for callers that have one of their own.
    #[must_use]
    pub const fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = Some(wait);
        self
    }

    /// Serves those that wait newest first. Oldest first by default, which is fair, and has the
    /// shortest longest wait.
    ///
    /// For overload: when all wait long, oldest first serves each just before it gives up, or just
    /// after; newest first serves some at once and lets the others time out.
    #[must_use]
    pub const fn lifo(mut self) -> Self {
        self.order = Order::NewestFirst;
        self
    }

    /// How long a caller may have to wait; `None` where it never waits, or says itself when to end.
    pub(crate) fn longest_wait(&self) -> Option<Duration> {
        self.max_wait.filter(|wait| *wait < Duration::MAX)
    }

    /// Whether callers wait in it, the oldest first.
    pub(crate) const fn lets_wait_in_turn(&self) -> bool {
        self.queue > 0 && matches!(self.order, Order::OldestFirst)
    }
}
