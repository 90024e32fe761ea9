//! [`BreakerState`] and what is told about its changes.

use std::fmt;
use std::time::Duration;

/// What a breaker does with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakerState {
    /// Admits every call and counts how it ends.
    Closed,
    /// Rejects every call, until its time is over.
    Open,
    /// Admits some calls to find out whether the service works again.
    HalfOpen,
    /// Rejects every call until somebody says otherwise.
    ForcedOpen,
    /// Admits every call and counts none.
    Disabled,
    /// Admits every call and counts, but never opens: to see what settings would do.
    MetricsOnly,
}

impl fmt::Display for BreakerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::ForcedOpen => "forced open",
            Self::Disabled => "disabled",
            Self::MetricsOnly => "metrics only",
        })
    }
}

/// What somebody told a breaker to do, whatever its calls say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Control {
    /// To do its work, beginning closed.
    #[default]
    Automatic,
    /// To reject every call.
    ForceOpen,
    /// To admit every call and to count none.
    Disable,
    /// To admit every call and to count.
    MetricsOnly,
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What it was.
    pub from: BreakerState,
    /// What it is.
    pub to: BreakerState,
    /// How long it will stay open, where it opened.
    pub open_for: Option<Duration>,
}
