//! [`Marks`]: which share of calls is shed at which utilization.

use std::ops::RangeInclusive;

use rand_core::Rng;

use super::check::ShedError;
use super::criticality::Criticality;
use crate::backoff::unit;

/// Which share of the calls of each class is shed at which utilization: none up to the class's low
/// mark, all from its high mark on, and in between a share that rises evenly.
///
/// A utilization is a part of what there is: 0 is idle, 1 is full. Between the marks calls are
/// drawn at random, so that shedding begins softly, and a load that settles between them stays
/// there instead of swinging.
///
/// | criticality | low | high | |
/// | --- | --- | --- | --- |
/// | sheddable | 0.5 | 0.7 | leaves room for the others before they need it |
/// | sheddable-plus | 0.6 | 0.8 | |
/// | critical | 0.8 | 0.95 | keeps some for what must not fail |
/// | critical-plus | 0.95 | 1 | |
///
/// Plain data, and the machine as well: it has no state.
///
/// # Examples
///
/// ```
/// use greenroom_resilience::Criticality;
/// use greenroom_resilience::shed::Marks;
///
/// let marks = Marks::default().class(Criticality::Sheddable, 0.2..=0.4);
/// marks.check()?;
/// assert_eq!(marks.share_shed(Criticality::Sheddable, 0.4), 1.0);
/// assert_eq!(marks.share_shed(Criticality::Critical, 0.4), 0.0);
/// # Ok::<(), greenroom_resilience::shed::ShedError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marks {
    /// Low and high, by class.
    marks: [(f64, f64); 4],
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            marks: [(0.5, 0.7), (0.6, 0.8), (0.8, 0.95), (0.95, 1.0)],
        }
    }
}

impl Marks {
    /// Sets the marks of a class. Over 1 they are never reached by a signal that ends at 1: the
    /// class is never shed.
    #[must_use]
    pub const fn class(mut self, criticality: Criticality, marks: RangeInclusive<f64>) -> Self {
        self.marks[criticality.index()] = (*marks.start(), *marks.end());
        self
    }

    /// Says whether these marks make sense.
    ///
    /// # Errors
    ///
    /// - [`ShedError::InvalidMarks`]: no number, below 0, the high one at 0 or below the low one.
    /// - [`ShedError::Inverted`]: a class is shed sooner than one that is less critical.
    pub fn check(&self) -> Result<(), ShedError> {
        for (at, criticality) in Criticality::ALL.into_iter().enumerate() {
            let (low, high) = self.marks[at];
            let is_range = low >= 0.0 && high > 0.0 && high >= low && high.is_finite();
            if !is_range {
                return Err(ShedError::InvalidMarks {
                    criticality,
                    low,
                    high,
                });
            }
            let Some(before) = at.checked_sub(1) else {
                continue;
            };
            let (lower, higher) = self.marks[before];
            if low < lower || high < higher {
                let below = Criticality::ALL[before];
                return Err(ShedError::Inverted { criticality, below });
            }
        }
        Ok(())
    }

    /// The share of the calls of a class that is shed, from 0 to 1. A utilization that is no number
    /// says nothing: nothing is shed.
    #[must_use]
    pub fn share_shed(&self, criticality: Criticality, utilization: f64) -> f64 {
        let (low, high) = self.marks[criticality.index()];
        if utilization >= high {
            1.0
        } else if utilization > low {
            (utilization - low) / (high - low)
        } else {
            0.0
        }
    }

    /// Draws whether a call is to be served. Nothing is drawn outside of the marks.
    #[must_use = "a call that is not admitted is to be shed"]
    pub fn admit(
        &self,
        criticality: Criticality,
        utilization: f64,
        rng: &mut (impl Rng + ?Sized),
    ) -> bool {
        let share = self.share_shed(criticality, utilization);
        share == 0.0 || (share < 1.0 && unit(rng) >= share)
    }
}
