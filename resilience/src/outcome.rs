//! [`Outcome`]: what a caller knows about a call that crossed a failure boundary.

use std::fmt;

/// What is known about a call across a failure boundary: to another task, process or machine.
///
/// A caller that got no answer often cannot tell whether its request was lost or its reply. Errors
/// therefore say which of three things holds, and nothing treats the third as the second: not a
/// retry, not a compensation.
///
/// There will be no fourth outcome, so a `match` needs no wildcard.
///
/// # Examples
///
/// ```
/// use greenroom_resilience::Outcome;
///
/// fn of_connect(connected: bool, replied: bool) -> Outcome {
///     match (connected, replied) {
///         (false, _) => Outcome::Refused,     // the request never left
///         (true, false) => Outcome::Unknown,  // it left, and then silence
///         (true, true) => Outcome::Done,
///     }
/// }
///
/// assert!(of_connect(false, false).is_safe_to_repeat());
/// assert!(!of_connect(true, false).is_safe_to_repeat());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The call was carried out and its effect stands, whatever its answer was.
    Done,
    /// The call was certainly not carried out, and will not be later: repeating it cannot make it
    /// happen twice.
    Refused,
    /// The call may have been carried out, may still be, or may never be: an attempt that timed
    /// out, a connection lost after the request was written.
    ///
    /// Repeat it only if a second execution does no harm, or if the receiver recognises repeats.
    Unknown,
}

impl Outcome {
    /// Whether any call with this outcome may be sent again without the risk of a second effect.
    ///
    /// Only [`Refused`](Self::Refused) qualifies. For [`Unknown`](Self::Unknown) it depends on the
    /// call (is it idempotent, does it carry a key?), which an outcome cannot know.
    #[must_use]
    pub const fn is_safe_to_repeat(self) -> bool {
        matches!(self, Self::Refused)
    }
}

/// Writes the lower-case name: `done`, `refused` or `unknown`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` and not `write_str`, so that width and alignment work in tables.
        f.pad(match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_refused_is_safe_to_repeat() {
        assert!(Outcome::Refused.is_safe_to_repeat());
        assert!(!Outcome::Done.is_safe_to_repeat());
        assert!(!Outcome::Unknown.is_safe_to_repeat());
    }

    #[test]
    fn displays_as_lower_case_name_and_honours_width() {
        assert_eq!(Outcome::Done.to_string(), "done");
        assert_eq!(Outcome::Refused.to_string(), "refused");
        assert_eq!(Outcome::Unknown.to_string(), "unknown");
        assert_eq!(format!("[{:<8}]", Outcome::Done), "[done    ]");
    }
}
