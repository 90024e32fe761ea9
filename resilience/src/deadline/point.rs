//! [`Deadline`]: a point in tokio's time.

use std::time::Duration;

use tokio::time::Instant;

/// How far away a deadline made from a duration can be: some thirty years.
///
/// There is no largest `Instant` to saturate at, and platforms differ in how far theirs reaches.
/// tokio's own timers take thirty years as the distance that all of them can represent.
pub(crate) const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The point in time after which nobody waits for an answer any more.
///
/// It is on tokio's clock, so a paused clock drives it. Of two deadlines the smaller one is the
/// earlier. It means nothing in another process: send [`remaining`](Self::remaining) there and make
/// a new one of it with [`after`](Self::after).
///
/// See the [module](super) for how a task carries one.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Deadline;
/// use tokio::time::advance;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let deadline = Deadline::after(Duration::from_secs(5));
/// advance(Duration::from_secs(2)).await;
/// assert_eq!(deadline.remaining(), Duration::from_secs(3));
///
/// advance(Duration::from_secs(3)).await;
/// assert!(deadline.is_expired());
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline {
    at: Instant,
}

impl Deadline {
    /// The deadline that is `duration` from now.
    ///
    /// A duration of more than some thirty years counts as thirty years: `Duration::MAX` is a
    /// deadline that will not be seen to pass. A duration of zero has passed at once.
    #[must_use]
    pub fn after(duration: Duration) -> Self {
        // Shortened first, and not only when the sum overflows, so that a longer duration never
        // makes an earlier deadline.
        Self {
            at: Instant::now() + duration.min(FAR),
        }
    }

    /// The deadline at the given instant, which may be in the past.
    #[must_use]
    pub const fn at(instant: Instant) -> Self {
        Self { at: instant }
    }

    /// The instant, as tokio's timers want it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{future::pending, time::Duration};
    ///
    /// use greenroom_resilience::Deadline;
    /// use tokio::time::timeout_at;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// let deadline = Deadline::after(Duration::from_secs(5));
    /// assert!(timeout_at(deadline.instant(), pending::<()>()).await.is_err());
    /// # }
    /// ```
    #[must_use]
    pub const fn instant(self) -> Instant {
        self.at
    }

    /// The time left, zero if the deadline has passed.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Whether no time is left. So it is at the very instant of the deadline: this is true exactly
    /// when [`remaining`](Self::remaining) is zero.
    #[must_use]
    pub fn is_expired(self) -> bool {
        self.at <= Instant::now()
    }

    /// The earlier of two deadlines.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        self.min(other)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn remaining_falls_with_the_clock_and_stays_at_zero() {
        let deadline = Deadline::after(2 * SECOND);
        assert_eq!(deadline.remaining(), 2 * SECOND);
        advance(SECOND).await;
        assert_eq!(deadline.remaining(), SECOND);
        advance(5 * SECOND).await;
        assert_eq!(deadline.remaining(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn deadline_is_expired_from_its_own_instant_on() {
        let deadline = Deadline::after(SECOND);
        advance(SECOND - Duration::from_millis(1)).await;
        assert!(!deadline.is_expired());
        advance(Duration::from_millis(1)).await;
        assert!(deadline.is_expired());
        advance(SECOND).await;
        assert!(deadline.is_expired());
    }

    #[tokio::test(start_paused = true)]
    async fn zero_duration_has_passed_at_once() {
        assert!(Deadline::after(Duration::ZERO).is_expired());
    }

    #[tokio::test(start_paused = true)]
    async fn deadline_at_an_instant_is_that_instant() {
        let instant = Instant::now() + SECOND;
        assert_eq!(Deadline::at(instant).instant(), instant);
        assert_eq!(Deadline::at(instant), Deadline::after(SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn deadline_in_the_past_is_expired() {
        let past = Deadline::at(Instant::now());
        advance(SECOND).await;
        assert!(past.is_expired());
        assert_eq!(past.remaining(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn earlier_is_the_same_from_either_side() {
        let (near, far) = (Deadline::after(SECOND), Deadline::after(2 * SECOND));
        assert_eq!(near.earlier(far), near);
        assert_eq!(far.earlier(near), near);
    }

    #[tokio::test(start_paused = true)]
    async fn longest_duration_saturates_far_in_the_future() {
        let never = Deadline::after(Duration::MAX);
        assert_eq!(never.remaining(), FAR);
        assert_eq!(Deadline::after(FAR + SECOND), never);
    }

    #[tokio::test]
    async fn timers_accept_the_farthest_deadline() {
        let never = Deadline::after(Duration::MAX);
        let ready = std::future::ready(7);
        assert_eq!(tokio::time::timeout_at(never.instant(), ready).await, Ok(7));
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(never.instant()) => panic!("thirty years went by"),
            () = tokio::task::yield_now() => {}
        }
    }

    proptest! {
        #[test]
        fn longer_durations_never_make_earlier_deadlines(
            a in (any::<u64>(), 0_u32..64),
            b in (any::<u64>(), 0_u32..64),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            let [a, b] = [a, b].map(|(secs, shift)| Duration::from_secs(secs >> shift));
            runtime.block_on(async {
                let (first, second) = (Deadline::after(a), Deadline::after(b));
                prop_assert_eq!(first.remaining(), a.min(FAR));
                prop_assert_eq!(first.cmp(&second), a.min(FAR).cmp(&b.min(FAR)));
                Ok(())
            })?;
        }
    }
}
