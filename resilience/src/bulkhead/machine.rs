//! [`Machine`]: what a bulkhead decides, without a clock, a lock or a waker.
//!
//! A place is free, in use, or granted: promised to a waiter that has not come for it yet. Two
//! rules hold after every step. Places in use and granted never exceed the limit, unless the limit
//! was lowered meanwhile; and nobody waits while a place is free.

use std::time::Duration;

use super::settings::{Bulkhead, Order};
use super::waiters::{Slot, Standing, Ticket, Waiters};

/// The right to one place. Only a machine makes one, it can't be copied, and the machine that made
/// it takes it back: no place is left twice.
#[must_use = "a place that is not left is lost"]
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Permit(());

/// The answer to a caller that comes.
#[must_use]
#[derive(Debug)]
pub(super) enum Entry {
    /// It has a place.
    Permit(Permit),
    /// It waits.
    Queued {
        ticket: Ticket,
        /// When its time is up.
        until: Duration,
        /// The waiter that was rejected in its favour, and must be told.
        displaced: Option<Slot>,
    },
    /// All places are taken, and the queue has no room for it.
    Rejected,
}

/// The answer to a waiter that asks.
#[must_use]
#[derive(Debug)]
pub(super) enum Turn {
    /// It has a place. The ticket is used up.
    Granted(Permit),
    /// It goes on waiting.
    Waiting(Ticket),
    /// Its time was up. The ticket is used up.
    TimedOut,
    /// A caller of a higher priority took its place in the full queue. The ticket is used up.
    Displaced,
}

/// The state of a bulkhead. Times are since an origin that the driver chooses.
///
/// Every step takes constant time but [`resize`](Self::resize), which takes a step for each waiter
/// that it serves. Nothing is allocated while nobody queues. Memory is bounded by the most that
/// waited at one time and were granted places at one time.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(super) struct Machine {
    limit: usize,
    max_queue: usize,
    max_wait: Duration,
    order: Order,
    in_use: usize,
    granted: usize,
    pub(super) waiters: Waiters,
}

impl Machine {
    /// A machine with all places free.
    pub(super) fn new(settings: &Bulkhead) -> Self {
        Self {
            limit: settings.places,
            max_queue: settings.queue,
            max_wait: settings.max_wait.unwrap_or_default(),
            order: settings.order,
            in_use: 0,
            granted: 0,
            waiters: Waiters::new(),
        }
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Places taken by calls that run.
    pub(super) const fn in_use(&self) -> usize {
        self.in_use
    }

    /// Places promised to waiters that have not come for them yet.
    pub(super) const fn granted(&self) -> usize {
        self.granted
    }

    pub(super) const fn queued(&self) -> usize {
        self.waiters.queued()
    }

    /// Takes a place if one is free. Needs no time, so that a driver need not read its clock.
    pub(super) fn try_enter(&mut self) -> Option<Permit> {
        if !self.has_free_place() {
            return None;
        }
        self.in_use += 1;
        self.assert_rules();
        Some(Permit(()))
    }

    /// Whether a caller of this priority could wait. Where it could not, [`enter`](Self::enter)
    /// has no use for the time.
    pub(super) fn has_room(&self, priority: u8) -> bool {
        self.waiters.queued() < self.max_queue || self.can_displace(priority)
    }

    /// Takes a place, or a place in the queue, or is rejected.
    ///
    /// A full queue makes room for a caller of a higher class: the newest waiter of the lowest
    /// class is rejected, as it has lost the least by waiting. Callers of one class never displace
    /// each other.
    pub(super) fn enter(&mut self, priority: u8, now: Duration) -> Entry {
        if let Some(permit) = self.try_enter() {
            return Entry::Permit(permit);
        }
        if !self.has_room(priority) {
            return Entry::Rejected;
        }
        let full = self.waiters.queued() >= self.max_queue;
        let displaced = if full { self.waiters.displace() } else { None };
        let before = self.waiters.queued();
        let until = now.saturating_add(self.max_wait);
        let ticket = self.waiters.push(priority, until);
        assert!(
            before < self.max_queue || displaced.is_some(),
            "a waiter was let into a full queue of {before}"
        );
        self.assert_rules();
        Entry::Queued {
            ticket,
            until,
            displaced,
        }
    }

    /// Says whether it is the waiter's turn.
    ///
    /// A place that was granted is had, however late the waiter comes for it. Otherwise its time is
    /// up at `until` and not only after it.
    pub(super) fn poll(&mut self, ticket: Ticket, now: Duration) -> Turn {
        match self.waiters.standing(&ticket) {
            Standing::Queued(until) if now < until => Turn::Waiting(ticket),
            Standing::Queued(_) => {
                self.waiters.remove(ticket);
                Turn::TimedOut
            }
            Standing::Granted => {
                self.waiters.remove(ticket);
                self.granted -= 1;
                self.in_use += 1;
                self.assert_rules();
                Turn::Granted(Permit(()))
            }
            Standing::Displaced => Turn::Displaced,
        }
    }

    /// Frees a place. Returns the waiter that has been granted it, to be woken.
    #[expect(clippy::needless_pass_by_value, reason = "a place is left once")]
    pub(super) fn leave(&mut self, permit: Permit) -> Option<Slot> {
        let Permit(()) = permit;
        assert!(self.in_use > 0, "a place was left that nobody had");
        self.in_use -= 1;
        let next = self.grant();
        self.assert_rules();
        next
    }

    /// Forgets a waiter, and says what had become of it. A place that it had been granted passes on
    /// to the next, which is returned, to be woken.
    pub(super) fn abandon(&mut self, ticket: Ticket) -> (Standing, Option<Slot>) {
        let standing = self.waiters.remove(ticket);
        let next = match standing {
            Standing::Queued(_) | Standing::Displaced => None,
            Standing::Granted => {
                self.granted -= 1;
                self.grant()
            }
        };
        self.assert_rules();
        (standing, next)
    }

    /// Sets the number of places. New ones go to waiters, which are returned, to be woken. Where
    /// there are fewer, nobody is turned out: places are not given again until enough were left.
    pub(super) fn resize(&mut self, places: usize) -> Vec<Slot> {
        self.limit = places;
        let woken = std::iter::from_fn(|| self.grant()).collect();
        self.assert_rules();
        woken
    }

    /// Takes on other settings and keeps everybody that is in or waits. Those that wait do so as
    /// long as they were told at first; a shorter queue turns nobody out.
    pub(super) fn reconfigure(&mut self, settings: &Bulkhead) -> Vec<Slot> {
        self.max_queue = settings.queue;
        self.max_wait = settings.max_wait.unwrap_or_default();
        self.order = settings.order;
        self.resize(settings.places)
    }

    fn grant(&mut self) -> Option<Slot> {
        if !self.has_free_place() {
            return None;
        }
        let next = self.waiters.grant(self.order)?;
        self.granted += 1;
        assert!(
            self.taken() <= self.limit,
            "granted more than {} places",
            self.limit
        );
        Some(next)
    }

    /// Nobody is displaced where there is no queue: settings changed, and the queue runs out.
    fn can_displace(&self, priority: u8) -> bool {
        self.max_queue > 0 && self.waiters.can_displace(priority)
    }

    const fn has_free_place(&self) -> bool {
        self.taken() < self.limit
    }

    const fn taken(&self) -> usize {
        self.in_use + self.granted
    }

    fn assert_rules(&self) {
        assert!(
            self.waiters.queued() == 0 || !self.has_free_place(),
            "{} wait while a place is free",
            self.waiters.queued()
        );
    }
}
