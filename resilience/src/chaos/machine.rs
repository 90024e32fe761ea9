//! [`Prank`]: what is done to one call, drawn from a generator.

use std::time::Duration;

use rand_core::Rng;

use super::settings::Chaos;
use crate::backoff::unit;
use crate::outcome::Outcome;

/// What is done to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prank {
    /// By how much it is late.
    pub late: Duration,
    /// How it fails after that, in place of being made: [`Refused`](Outcome::Refused) or
    /// [`Unknown`](Outcome::Unknown).
    pub fault: Option<Outcome>,
}

impl Chaos {
    /// Draws what is done to the next call. It takes three numbers of the generator, whatever they
    /// are, so that one share does not change what is drawn for another.
    ///
    /// # Examples
    ///
    /// ```
    /// use greenroom_resilience::{Chaos, Outcome};
    /// use rand_chacha::ChaCha8Rng;
    /// use rand_core::SeedableRng;
    ///
    /// let mut rng = ChaCha8Rng::seed_from_u64(7);
    /// let always = Chaos::new().refused(1.0);
    /// assert_eq!(always.draw(&mut rng).fault, Some(Outcome::Refused));
    /// ```
    pub fn draw(&self, rng: &mut (impl Rng + ?Sized)) -> Prank {
        let [fault, late, length] = std::array::from_fn(|_| unit(rng));
        let (shortest, longest) = (*self.latency.start(), *self.latency.end());
        let spread = longest.saturating_sub(shortest);
        Prank {
            late: if late < self.late {
                shortest.saturating_add(spread.mul_f64(length))
            } else {
                Duration::ZERO
            },
            fault: if fault < self.refused {
                Some(Outcome::Refused)
            } else if fault < self.refused + self.unknown {
                Some(Outcome::Unknown)
            } else {
                None
            },
        }
    }
}
