//! What a supervisor remembers of earlier restarts.

use std::collections::VecDeque;
use std::time::Duration;

/// The restarts of one child, or of a group that is restarted together.
///
/// Bounded: it keeps no more restarts than the intensity allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// When the restarts within the window were decided, oldest first.
    pub(super) restarts: VecDeque<Duration>,
    /// How many restarts in a row came without a healthy period between them.
    pub(super) attempt: u32,
    /// The delay before the last restart.
    pub(super) previous: Option<Duration>,
}

impl History {
    /// How many restarts lie within the window.
    #[must_use]
    pub fn restarts(&self) -> usize {
        self.restarts.len()
    }
}
