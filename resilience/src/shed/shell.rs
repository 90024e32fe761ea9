//! [`Shedder`]: the machines behind a lock, on tokio's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use thiserror::Error;

use super::check::ShedError;
use super::codel::Codel;
use super::criticality::Criticality;
use super::marks::Marks;
use super::settings::{LoadShed, Signal};
use crate::clock::{Clock, Now};
use crate::lock::lock_busy;

/// Why a call was shed. It was not begun: its outcome is [`Refused`](crate::Outcome::Refused).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Shed {
    /// It waited too long in a queue that is overloaded.
    #[error("the {criticality} call waited {waited:?} in an overloaded queue")]
    Waited {
        /// Its class.
        criticality: Criticality,
        /// How long it waited.
        waited: Duration,
    },
    /// Too much of what there is was in use for a call of its class.
    #[error("the {criticality} call was shed at a utilization of {percent} %")]
    Utilized {
        /// Its class.
        criticality: Criticality,
        /// The utilization, in percent, rounded down.
        percent: u32,
    },
}

/// Sheds the calls of any number of callers. Nothing is allocated after it is made.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::{Criticality, LoadShed};
/// use greenroom_resilience::shed::Shedder;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), greenroom_resilience::shed::ShedError> {
/// let shedder = Shedder::new(&LoadShed::in_flight(10), 7)?;
/// for _ in 0..8 {
///     shedder.try_enter(Criticality::Critical, Duration::ZERO).expect("there is room");
/// }
/// let shed = shedder.try_enter(Criticality::Sheddable, Duration::ZERO);
/// assert!(shed.is_err(), "at 80 %");
/// shedder.try_enter(Criticality::CriticalPlus, Duration::ZERO).expect("kept for it");
/// shedder.leave();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Shedder(By);

#[derive(Debug)]
enum By {
    QueueTime(Clock, Mutex<Codel>),
    InFlight {
        limit: usize,
        inside: Arc<AtomicUsize>,
        draw: Draw,
    },
    Signal(Signal, Draw),
}

#[derive(Debug)]
struct Draw {
    marks: Marks,
    rng: Mutex<ChaCha8Rng>,
}

impl Shedder {
    /// A shedder that has seen no call. `seed` decides what is drawn between marks.
    ///
    /// # Errors
    ///
    /// What [`LoadShed::check`] finds.
    pub fn new(settings: &LoadShed, seed: u64) -> Result<Self, ShedError> {
        settings.check()?;
        let draw = |marks: &Marks| Draw {
            marks: *marks,
            rng: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
        };
        Ok(Self(match settings {
            LoadShed::QueueTime(settings) => {
                By::QueueTime(Clock::new(), Mutex::new(Codel::new(*settings)))
            }
            LoadShed::InFlight(limit, marks) => By::InFlight {
                limit: *limit,
                inside: Arc::default(),
                draw: draw(marks),
            },
            LoadShed::Signal(signal, marks) => By::Signal(signal.clone(), draw(marks)),
        }))
    }

    /// The same by other settings: what is overloaded stays so, and calls under way count. One that
    /// goes by something else begins anew.
    pub(crate) fn reconfigured(&self, settings: &LoadShed, seed: u64) -> Result<Self, ShedError> {
        let mut other = Self::new(settings, seed)?;
        match (&self.0, &mut other.0, settings) {
            (
                By::QueueTime(clock, codel),
                By::QueueTime(other_clock, other),
                LoadShed::QueueTime(settings),
            ) => {
                *other_clock = *clock;
                *other.get_mut() = lock_busy(codel).reconfigured(*settings);
            }
            (By::InFlight { inside, .. }, By::InFlight { inside: other, .. }, _) => {
                *other = Arc::clone(inside);
            }
            _ => {}
        }
        Ok(other)
    }

    /// Asks whether a call is to be served that waited so long in a queue. Whoever was let in
    /// [leaves](Self::leave).
    ///
    /// # Errors
    ///
    /// [`Shed`], where it is not.
    #[inline]
    pub fn try_enter(&self, criticality: Criticality, waited: Duration) -> Result<(), Shed> {
        self.try_enter_at(criticality, waited, &mut Now::default())
    }

    #[inline]
    pub(crate) fn try_enter_at(
        &self,
        criticality: Criticality,
        waited: Duration,
        now: &mut Now,
    ) -> Result<(), Shed> {
        match &self.0 {
            By::QueueTime(clock, codel) => {
                let now = now.on(clock);
                if lock_busy(codel).admit(waited, criticality, now) {
                    return Ok(());
                }
                Err(Shed::Waited {
                    criticality,
                    waited,
                })
            }
            By::InFlight {
                limit,
                inside,
                draw,
            } => {
                let now_inside = inside.load(Ordering::Relaxed);
                let utilization = now_inside as f64 / *limit as f64;
                draw.admit(criticality, utilization)?;
                // Whatever the marks say, and however many come at once, no more than the limit.
                let one_more = |inside| (inside < *limit).then_some(inside + 1);
                let entered = inside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
                entered.map(drop).map_err(|_| utilized(criticality, 1.0))
            }
            By::Signal(signal, draw) => draw.admit(criticality, signal.read()),
        }
    }

    /// A call that was let in has ended, or was dropped.
    #[inline]
    pub fn leave(&self) {
        if let By::InFlight { inside, .. } = &self.0 {
            let before = inside.fetch_sub(1, Ordering::Relaxed);
            debug_assert!(before > 0, "more left than came");
        }
    }
}

impl Draw {
    #[inline]
    fn admit(&self, criticality: Criticality, utilization: f64) -> Result<(), Shed> {
        // Far from the marks, where most calls are, no lock is taken.
        let share = self.marks.share_shed(criticality, utilization);
        let admitted = share == 0.0
            || share < 1.0
                && self
                    .marks
                    .admit(criticality, utilization, &mut *lock_busy(&self.rng));
        match admitted {
            true => Ok(()),
            false => Err(utilized(criticality, utilization)),
        }
    }
}

fn utilized(criticality: Criticality, utilization: f64) -> Shed {
    Shed::Utilized {
        criticality,
        percent: (utilization * 100.0) as u32,
    }
}
