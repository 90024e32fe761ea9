//! [`Elastic`]: how a pool changes its size by itself, and the machine that decides it.

use std::time::Duration;

use thiserror::Error;

/// How a pool grows and shrinks by itself, by how full the mailboxes of its workers are; see
/// [`SpawnPool::elastic`](super::SpawnPool::elastic).
///
/// At each look, the mean fill of all workers is compared with two marks. Above the high one the
/// pool grows by half, and by one at least: too few workers cost their senders at once. Below the
/// low one for several looks in a row it loses one worker: too many cost little. In between it
/// stays as it is, so a load that is steady leaves the size alone.
///
/// ```
/// # use std::time::Duration;
/// # use greenroom::prelude::*;
/// use greenroom::Elastic;
/// # #[derive(Default)] struct Worker; #[actor] impl Worker { #[message] fn work(&mut self) {} }
/// # async fn demo(system: System) -> Result<(), Box<dyn std::error::Error>> {
/// let pool = system
///     .pool("workers", 2, Worker::default)
///     .mailbox(|m| m.capacity(64))
///     .elastic(Elastic::between(2, 16).every(Duration::from_millis(250)))
///     .await?;
/// # let _ = pool; Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elastic {
    min: usize,
    max: usize,
    low: f64,
    high: f64,
    every: Duration,
    patience: u32,
}

/// An elastic pool that can't work; nothing was spawned.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum ElasticError {
    /// A pool has at least one worker, and no more at least than at most.
    #[error("a pool can't have at least {min} and at most {max} workers")]
    Bounds {
        /// The fewest workers.
        min: usize,
        /// The most.
        max: usize,
    },
    /// The pool does not begin within its bounds. Spawn it with as many workers as it may have.
    #[error("a pool of {workers} workers is not between {min} and {max}")]
    Outside {
        /// With how many it was to begin.
        workers: usize,
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// The marks are no parts of a mailbox, or the low one is over half the high one: a pool of two
    /// that lost one could grow at once again.
    #[error("marks of {low} and {high}: the low one is at most half the high one, which is over 0")]
    Marks {
        /// Where it shrinks.
        low: f64,
        /// Where it grows.
        high: f64,
    },
    /// It would never look, or shrink without having looked. Give it a millisecond, and one look.
    #[error("an elastic pool looks every millisecond at most, and shrinks after a look at least")]
    NeverLooks,
}

impl Elastic {
    /// Between so many workers and so many. It looks once a second, grows where a quarter of its
    /// mailboxes is full, and shrinks after ten looks at which less than a twentieth was.
    #[must_use]
    pub const fn between(min: usize, max: usize) -> Self {
        Self {
            min,
            max,
            low: 0.05,
            high: 0.25,
            every: Duration::from_secs(1),
            patience: 10,
        }
    }

    /// Sets the mean fill of the mailboxes, from 0 to 1, below which it shrinks and above which it
    /// grows: 0.05 and 0.25 unless set, so that it grows long before senders have to wait.
    #[must_use]
    pub const fn marks(mut self, low: f64, high: f64) -> Self {
        (self.low, self.high) = (low, high);
        self
    }

    /// Sets how often it looks: once a second unless set, which costs nothing to speak of.
    #[must_use]
    pub const fn every(mut self, period: Duration) -> Self {
        self.every = period;
        self
    }

    /// Sets after how many looks below the low mark, one after the other, it loses a worker: ten
    /// unless set, so that pauses of some seconds change nothing.
    #[must_use]
    pub const fn patience(mut self, looks: u32) -> Self {
        self.patience = looks;
        self
    }

    /// Says whether these settings make sense.
    ///
    /// # Errors
    ///
    /// An [`ElasticError`] that names what does not.
    pub fn check(&self) -> Result<(), ElasticError> {
        let &Self {
            min,
            max,
            low,
            high,
            every,
            patience,
        } = self;
        if min == 0 || min > max {
            return Err(ElasticError::Bounds { min, max });
        }
        let are_marks = low >= 0.0 && high > 0.0 && high <= 1.0 && low <= high / 2.0;
        if !are_marks {
            return Err(ElasticError::Marks { low, high });
        }
        if every < Duration::from_millis(1) || patience == 0 {
            return Err(ElasticError::NeverLooks);
        }
        Ok(())
    }

    pub(super) fn check_start(&self, workers: usize) -> Result<(), ElasticError> {
        self.check()?;
        let &Self { min, max, .. } = self;
        if (min..=max).contains(&workers) {
            return Ok(());
        }
        Err(ElasticError::Outside { workers, min, max })
    }

    pub(super) const fn period(&self) -> Duration {
        self.every
    }
}

/// Decides about the size, look by look: a pure machine.
#[derive(Debug)]
pub(super) struct Sizer {
    settings: Elastic,
    /// Looks below the low mark, one after the other.
    idle: u32,
}

impl Sizer {
    pub(super) const fn new(settings: Elastic) -> Self {
        Self { settings, idle: 0 }
    }

    /// How many workers there should be, of whom so many are so full in the mean.
    pub(super) fn look(&mut self, workers: usize, fill: f64) -> usize {
        let Elastic {
            min,
            max,
            low,
            high,
            patience,
            ..
        } = self.settings;
        let is_idle = fill < low;
        self.idle = if is_idle { self.idle + 1 } else { 0 };
        let wanted = if fill > high {
            workers.saturating_add((workers / 2).max(1))
        } else if self.idle >= patience {
            self.idle = 0;
            workers.saturating_sub(1)
        } else {
            workers
        };
        wanted.clamp(min, max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sizer(min: usize, max: usize, patience: u32) -> Sizer {
        let settings = Elastic::between(min, max)
            .marks(0.1, 0.5)
            .patience(patience);
        settings.check().expect("they work");
        Sizer::new(settings)
    }

    #[test]
    fn grows_by_half_as_far_as_it_may() {
        let mut sizer = sizer(1, 10, 3);
        let mut size = 1;
        let sizes = [2, 3, 4, 6, 9, 10, 10];
        for expected in sizes {
            size = sizer.look(size, 0.51);
            assert_eq!(size, expected);
        }
    }

    #[test]
    fn shrinks_by_one_after_looks_in_a_row() {
        let mut sizer = sizer(2, 10, 3);
        let fills = [0.0, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let mut size = 4;
        let sizes: Vec<_> = fills
            .into_iter()
            .map(|fill| {
                size = sizer.look(size, fill);
                size
            })
            .collect();
        assert_eq!(sizes, [4, 4, 4, 4, 4, 3, 3, 3, 2, 2, 2, 2]);
    }

    #[test]
    fn stays_as_it_is_between_the_marks() {
        let mut sizer = sizer(1, 10, 1);
        for fill in [0.1, 0.3, 0.5] {
            assert_eq!(sizer.look(5, fill), 5);
        }
    }

    #[test]
    fn comes_back_within_its_bounds() {
        let mut sizer = sizer(2, 4, 3);
        assert_eq!(sizer.look(9, 0.3), 4);
        assert_eq!(sizer.look(1, 0.3), 2);
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let check = |elastic: Elastic| elastic.check().err();
        let between = Elastic::between;
        let bounds = |min, max| Some(ElasticError::Bounds { min, max });
        assert_eq!(check(between(0, 4)), bounds(0, 4));
        assert_eq!(check(between(5, 4)), bounds(5, 4));
        for (low, high) in [
            (0.3, 0.5),
            (-0.1, 0.5),
            (0.1, 1.1),
            (0.0, 0.0),
            (f64::NAN, 0.5),
        ] {
            let error = check(between(1, 4).marks(low, high));
            assert!(
                matches!(error, Some(ElasticError::Marks { .. })),
                "{low} {high}"
            );
        }
        let never = Some(ElasticError::NeverLooks);
        assert_eq!(check(between(1, 4).every(Duration::ZERO)), never);
        assert_eq!(check(between(1, 4).patience(0)), never);
        assert_eq!(check(between(1, 1)), None);
        let outside = between(2, 4).check_start(5);
        assert!(matches!(
            outside,
            Err(ElasticError::Outside { workers: 5, .. })
        ));
    }

    proptest! {
        /// As many messages wait all the time: however they are shared out, the size settles.
        #[test]
        fn steady_load_ends_in_a_steady_size(
            waiting in 0_u32..2_000,
            start in 1_usize..=40,
        ) {
            let mut sizer = sizer(1, 40, 2);
            let fill = |size: usize| (f64::from(waiting) / 100.0 / size as f64).min(1.0);
            let mut size = start;
            for _ in 0..200 {
                size = sizer.look(size, fill(size));
            }
            let settled = size;
            for _ in 0..20 {
                size = sizer.look(size, fill(size));
                prop_assert_eq!(size, settled);
            }
        }
    }
}
