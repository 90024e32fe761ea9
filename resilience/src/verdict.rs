//! [`Verdict`]: what a call came to, in the eyes of the policies around it.

use crate::outcome::Outcome;

/// How the policies around a call count what came of it.
///
/// Without a classifier an `Ok` is a success and an `Err` a failure of unknown effect. A classifier
/// can say otherwise of both: an HTTP answer of 503 is an `Ok` and a failure, a "not found" is an
/// `Err` of a service that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The service did its work.
    Success,
    /// It failed, and certainly had no effect: it may be repeated.
    Refused,
    /// It failed, and may have had its effect.
    Unknown,
    /// It says nothing about the service: the caller's own mistake, for example. No policy counts
    /// it, nor repeats it.
    Ignored,
}

impl Verdict {
    /// The verdict on a result nobody has classified.
    pub fn of<T, E>(result: &Result<T, E>) -> Self {
        if result.is_ok() {
            Self::Success
        } else {
            Self::Unknown
        }
    }

    /// Whether it counts against the service.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Refused | Self::Unknown)
    }

    /// What is known about the effect of a call that ended in an error with this verdict.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Success | Self::Ignored => Outcome::Done,
            Self::Refused => Outcome::Refused,
            Self::Unknown => Outcome::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unclassified_errors_are_of_unknown_effect() {
        assert_eq!(Verdict::of(&Ok::<_, ()>(1)), Verdict::Success);
        let verdict = Verdict::of(&Err::<(), _>("no answer"));
        assert_eq!(verdict, Verdict::Unknown);
        assert_eq!(verdict.outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_says_nothing_about_the_service_is_no_failure() {
        assert!(!Verdict::Ignored.is_failure());
        assert!(!Verdict::Success.is_failure());
        assert!(Verdict::Refused.is_failure() && Verdict::Unknown.is_failure());
    }
}
