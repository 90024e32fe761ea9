//! [`ShedError`]: what can be wrong with the settings of load shedding.

use std::time::Duration;

use thiserror::Error;

use super::criticality::Criticality;

/// Why [`LoadShed::check`](super::LoadShed::check) refused settings.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum ShedError {
    /// Every wait is longer than none. Use a target that a call may wait.
    #[error("the target of the queue time is zero: every call would count as late")]
    ZeroTarget,
    /// A single late call would be an overload, and every burst. Use an interval of some targets.
    #[error("the interval {interval:?} of the queue time is not longer than its target {target:?}")]
    IntervalTooShort {
        /// The target as given.
        target: Duration,
        /// The interval as given.
        interval: Duration,
    },
    /// No call could ever be inside. Use a limit of at least 1.
    #[error("a limit of 0 calls in flight sheds every call")]
    NoPlaces,
    /// The marks of a class are no range from 0 up, or shed everything always. Use a low mark of at
    /// least 0 and a high one over 0 that is not below it.
    #[error("the marks {low} to {high} of {criticality} calls are not a range above 0")]
    InvalidMarks {
        /// Which class.
        criticality: Criticality,
        /// The low mark as given.
        low: f64,
        /// The high mark as given.
        high: f64,
    },
    /// A class is shed sooner than one that is less critical. Raise its marks, or lower the
    /// other's.
    #[error("{criticality} calls would be shed sooner than {below} ones")]
    Inverted {
        /// The class that is shed too soon.
        criticality: Criticality,
        /// The class below it.
        below: Criticality,
    },
}
