//! [`Gate`]: the machine behind a lock, with the wakers of those that wait.
//!
//! Wakers are cloned before the lock and woken and dropped after it, so that nothing of the
//! executor's runs under it.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use thiserror::Error;

use super::acquire::{Acquire, Guard};
use super::check::{BulkheadError, check_places};
use super::machine::{Entry, Machine, Permit};
use super::settings::Bulkhead;
use super::waiters::{Slot, Standing, Ticket};
use super::waiting::Waiting;
use crate::clock::Clock;
use crate::lock::lock_busy;

/// Why a caller got no place. Its call was not begun, so it is safe to repeat elsewhere or later:
/// the outcome is [`Refused`](crate::Outcome::Refused).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Rejected {
    /// All places are taken and the queue has no room. Shed the call, or try later; more places
    /// help only if what is called can serve more at once.
    #[error("bulkhead is full: {places} places are taken and {queued} callers wait")]
    Full {
        /// How many places there are.
        places: usize,
        /// How many wait for one.
        queued: usize,
    },
    /// No place was free for as long as a caller may wait.
    #[error("bulkhead had no free place within {waited:?}")]
    TimedOut {
        /// The time that was waited, as set when the caller came.
        waited: Duration,
    },
    /// The caller waited in a queue that was full when one of a higher priority came and took its
    /// place in it.
    #[error("bulkhead gave the place in its queue to a caller of higher priority")]
    Displaced,
}

/// How full a bulkhead is at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Occupancy {
    /// The number of places.
    pub places: usize,
    /// Places taken by calls that run. More than `places` for a while after there were made fewer.
    pub in_use: usize,
    /// Places given to waiters whose tasks have not run since.
    pub granted: usize,
    /// Callers that wait.
    pub queued: usize,
}

/// A bulkhead at work: what callers go through. Clones share the places.
///
/// Made of a [`Bulkhead`]. See the [module](super) for what it does.
#[derive(Clone)]
pub struct Gate {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) machine: Machine,
    /// By slot. Whoever waits has one here, once it has been polled.
    wakers: Vec<Option<Waker>>,
}

/// What a driver of the gate gets at the entrance.
#[derive(Debug)]
pub(crate) enum Entered {
    /// A place, to be given back with [`Gate::leave`].
    Permit(Permit),
    /// A place in the queue.
    Waiting(Waiting),
}

impl Gate {
    /// A gate with all places free.
    ///
    /// # Errors
    ///
    /// Those of [`Bulkhead::check`].
    pub fn new(settings: &Bulkhead) -> Result<Self, BulkheadError> {
        settings.check()?;
        let state = State {
            machine: Machine::new(settings),
            wakers: Vec::new(),
        };
        let shared = Shared {
            clock: Clock::new(),
            state: Mutex::new(state),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Takes a place if one is free, and never waits.
    ///
    /// Whoever waits comes first: while there is a queue, no place is free. One short lock; nothing
    /// is allocated and no clock is read.
    ///
    /// # Errors
    ///
    /// [`Rejected::Full`].
    pub fn try_acquire(&self) -> Result<Guard, Rejected> {
        match self.try_enter() {
            Some(permit) => Ok(Guard::new(self.clone(), permit)),
            None => Err(full(&self.lock().machine)),
        }
    }

    /// Waits for a place, as long as the settings allow.
    ///
    /// `priority` is from 0 to [`HIGHEST_PRIORITY`](super::HIGHEST_PRIORITY), which is served
    /// first; a higher number counts as that. A caller comes when the future is first polled, and
    /// has its place in the queue from then on. Where a place is free, the first poll takes it: one
    /// short lock, and no allocation, timer or reading of a clock.
    ///
    /// # Errors
    ///
    /// Any of [`Rejected`].
    ///
    /// # Panics
    ///
    /// If it has to wait outside of a tokio runtime with its timers enabled, or is polled after its
    /// end.
    ///
    /// # Cancel safety
    ///
    /// Dropped at any point, the future leaves neither a place nor a place in the queue behind: a
    /// place that it had been given meanwhile passes on to the next.
    pub fn acquire(&self, priority: u8) -> Acquire {
        Acquire::new(self.clone(), priority)
    }

    /// Sets the number of places. New ones go to those that wait. Where there are fewer, calls that
    /// run go on, and their places are not given again until few enough are left.
    ///
    /// # Errors
    ///
    /// [`BulkheadError::NoPlaces`]; nothing is changed then.
    pub fn resize(&self, places: usize) -> Result<(), BulkheadError> {
        check_places(places)?;
        self.grant_many(|machine| machine.resize(places));
        Ok(())
    }

    /// Takes on other settings, and keeps everybody that is in or waits.
    ///
    /// Places are as after [`resize`](Self::resize). The order holds from the next grant on, for
    /// those too that wait already. They wait as long as they were told when they came, even if
    /// there is a shorter queue now, or none.
    ///
    /// # Errors
    ///
    /// Those of [`Bulkhead::check`]; nothing is changed then.
    pub fn reconfigure(&self, settings: &Bulkhead) -> Result<(), BulkheadError> {
        settings.check()?;
        self.grant_many(|machine| machine.reconfigure(settings));
        Ok(())
    }

    /// How full it is now.
    #[must_use]
    pub fn occupancy(&self) -> Occupancy {
        let state = self.lock();
        Occupancy {
            places: state.machine.limit(),
            in_use: state.machine.in_use(),
            granted: state.machine.granted(),
            queued: state.machine.queued(),
        }
    }

    /// Takes a place if one is free.
    pub(crate) fn try_enter(&self) -> Option<Permit> {
        self.lock().machine.try_enter()
    }

    /// Takes a place, or a place in the queue.
    ///
    /// A caller that queues must poll at once: only then is it woken.
    pub(crate) fn enter(&self, priority: u8) -> Result<Entered, Rejected> {
        let mut state = self.lock();
        if let Some(permit) = state.machine.try_enter() {
            return Ok(Entered::Permit(permit));
        }
        // The clock is read only where its answer counts, so that a rejection costs no more than
        // the lock.
        if !state.machine.has_room(priority) {
            return Err(full(&state.machine));
        }
        let now = self.now();
        match state.machine.enter(priority, now) {
            Entry::Permit(permit) => Ok(Entered::Permit(permit)),
            Entry::Queued {
                ticket,
                until,
                displaced,
            } => {
                let waker = displaced.and_then(|slot| state.take_waker(slot));
                drop(state);
                if let Some(waker) = waker {
                    waker.wake();
                }
                let wait = until.saturating_sub(now);
                Ok(Entered::Waiting(Waiting::new(self.clone(), ticket, wait)))
            }
            Entry::Rejected => Err(full(&state.machine)),
        }
    }

    /// Gives a place back, and wakes who has it next.
    pub(crate) fn leave(&self, permit: Permit) {
        self.grant_one(|machine| machine.leave(permit));
    }

    /// Forgets a waiter, its waker among it, and wakes who has a place instead.
    pub(super) fn abandon(&self, ticket: Ticket) {
        let mut state = self.lock();
        let slot = ticket.slot();
        let (standing, next) = state.machine.abandon(ticket);
        // Whoever was displaced may have left its slot to another, whose waker this would be.
        let own = match standing {
            Standing::Queued(_) | Standing::Granted => state.take_waker(slot),
            Standing::Displaced => None,
        };
        let next = next.and_then(|slot| state.take_waker(slot));
        drop(state);
        drop(own);
        if let Some(waker) = next {
            waker.wake();
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.shared.clock.now()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock_busy(&self.shared.state)
    }

    /// Takes a step that may grant a place to one waiter, and wakes it after the lock.
    fn grant_one(&self, step: impl FnOnce(&mut Machine) -> Option<Slot>) {
        let mut state = self.lock();
        let granted = step(&mut state.machine);
        let waker = granted.and_then(|slot| state.take_waker(slot));
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes a step that may grant places to many waiters, and wakes them after the lock.
    fn grant_many(&self, step: impl FnOnce(&mut Machine) -> Vec<Slot>) {
        let mut state = self.lock();
        let granted = step(&mut state.machine);
        let wakers: Vec<Waker> = granted
            .into_iter()
            .filter_map(|slot| state.take_waker(slot))
            .collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl State {
    /// Keeps the waker of a waiter. Returns the one before, to be dropped after the lock.
    pub(super) fn set_waker(&mut self, slot: Slot, waker: Waker) -> Option<Waker> {
        let Slot(at) = slot;
        if at >= self.wakers.len() {
            self.wakers.resize(at + 1, None);
        }
        self.wakers[at].replace(waker)
    }

    /// Forgets the waker of a waiter. `None` if it has not been polled since it came.
    pub(super) fn take_waker(&mut self, slot: Slot) -> Option<Waker> {
        self.wakers.get_mut(slot.0).and_then(Option::take)
    }
}

const fn full(machine: &Machine) -> Rejected {
    Rejected::Full {
        places: machine.limit(),
        queued: machine.queued(),
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gate").field(&self.occupancy()).finish()
    }
}
