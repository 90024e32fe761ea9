//! [`Criticality`]: how much it matters that a call is served.

use std::fmt;

/// How much it matters that a call is served, when not all can be: the four classes of Google's
/// *Site Reliability Engineering*, chapter 21, "Handling Overload". The order is from the least to
/// the most critical.
///
/// Few classes are enough: each caller has to find its own among them, and agree with all others.
///
/// # Examples
///
/// ```
/// use greenroom_resilience::Criticality;
///
/// assert!(Criticality::Sheddable < Criticality::default());
/// assert_eq!(Criticality::default(), Criticality::Critical);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Criticality {
    /// May often fail in part, and at times altogether: what is done again anyhow.
    Sheddable,
    /// May fail in part: batch work that is tried again in minutes or hours.
    SheddablePlus,
    /// Somebody notices when it fails. What is not said to be otherwise.
    #[default]
    Critical,
    /// Users are hurt when it fails. A service must have the capacity for all that is expected of
    /// this class and of the one below.
    CriticalPlus,
}

impl Criticality {
    /// All classes, the least critical first.
    pub const ALL: [Self; 4] = [
        Self::Sheddable,
        Self::SheddablePlus,
        Self::Critical,
        Self::CriticalPlus,
    ];

    /// Its place in tables by class.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// Writes the lower-case name, as `sheddable-plus`.
impl fmt::Display for Criticality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sheddable => "sheddable",
            Self::SheddablePlus => "sheddable-plus",
            Self::Critical => "critical",
            Self::CriticalPlus => "critical-plus",
        })
    }
}
