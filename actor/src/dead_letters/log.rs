//! The rate-limited log of dead letters: a burst must not become a second incident.

use std::time::Duration;

use tokio::time::Instant;

/// Lines a second: enough to see what happens, few enough to survive it.
const LINES_MAX: u32 = 10;
const WINDOW: Duration = Duration::from_secs(1);

/// Counts lines in windows of a second.
#[derive(Debug, Default)]
pub(super) struct LogLimit {
    window: Option<Instant>,
    lines: u32,
    suppressed: u64,
}

impl LogLimit {
    /// Whether a line may be written at `now`, and how many were left out before it.
    pub(super) fn admit(&mut self, now: Instant) -> Option<u64> {
        if self
            .window
            .is_none_or(|start| now.duration_since(start) >= WINDOW)
        {
            self.window = Some(now);
            self.lines = 0;
        }
        if self.lines == LINES_MAX {
            self.suppressed += 1;
            return None;
        }
        self.lines += 1;
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_cut_and_told_later() {
        let mut limit = LogLimit::default();
        let now = Instant::now();
        let written = (0..100).filter_map(|_| limit.admit(now)).count();
        assert_eq!(written, LINES_MAX as usize);
        assert_eq!(limit.admit(now + WINDOW), Some(90));
        assert_eq!(limit.admit(now + WINDOW), Some(0));
    }
}
