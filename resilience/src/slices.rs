//! [`Slices`]: a window of time in slices, which leave it one by one.

use std::time::Duration;

/// Into how many slices a window of time is cut: calls leave it by tenths, as in the breakers of
/// linkerd2-proxy, Polly and failsafe-go. More would cost memory and hardly change a decision.
const SLICES: usize = 10;

/// What is counted in the slices of a window that ends now. Whoever keeps their sum subtracts what
/// leaves, so that it is exact.
#[derive(Debug, Clone)]
pub(crate) struct Slices<C> {
    slices: [C; SLICES],
    width: Duration,
    /// The number, since the clock's origin, of the slice that is being filled.
    current: u64,
    /// Until when it is: to divide at each call would cost more than all the rest.
    until: Duration,
}

impl<C: Copy + Default> Slices<C> {
    pub(crate) fn new(period: Duration) -> Self {
        let width = (period / SLICES as u32).max(Duration::from_nanos(1));
        Self {
            slices: [C::default(); SLICES],
            width,
            current: 0,
            until: width,
        }
    }

    /// Goes on to `now`, and hands out what leaves the window. A time that is earlier than one
    /// before counts as that one. At most as many steps as there are slices.
    #[inline]
    pub(crate) fn slide(&mut self, now: Duration, left: impl FnMut(C)) {
        if now >= self.until {
            self.slide_to(now, left);
        }
    }

    #[cold]
    fn slide_to(&mut self, now: Duration, mut left: impl FnMut(C)) {
        let width = self.width.as_nanos();
        let reached = u64::try_from(now.as_nanos() / width).unwrap_or(u64::MAX);
        // Whoever read the clock earlier and comes later counts as if they had come at once.
        let passed = reached.saturating_sub(self.current);
        for step in 1..=passed.min(SLICES as u64) {
            left(std::mem::take(
                &mut self.slices[slot(self.current.wrapping_add(step))],
            ));
        }
        self.current += passed;
        let end = width * (u128::from(self.current) + 1);
        self.until = Duration::from_nanos_u128(end.min(Duration::MAX.as_nanos()));
    }

    /// The slice that is being filled.
    #[inline]
    pub(crate) fn newest(&mut self) -> &mut C {
        &mut self.slices[slot(self.current)]
    }

    /// The number of the slice that is being filled.
    pub(crate) fn number(&self) -> u64 {
        self.current
    }

    /// A slice by its number, while it is in the window.
    pub(crate) fn numbered(&mut self, number: u64) -> Option<&mut C> {
        let age = self.current.checked_sub(number)?;
        (age < SLICES as u64).then(|| &mut self.slices[slot(number)])
    }

    /// What they count, in slices of another window that ends `now`, as far as it is within that.
    /// These must have gone on to `now`. `add` adds to a slice.
    pub(crate) fn refitted(
        &self,
        period: Duration,
        now: Duration,
        mut add: impl FnMut(&mut C, C),
    ) -> Self {
        let mut other = Self::new(period);
        other.slide(now, |_| {});
        for number in self.current.saturating_sub(SLICES as u64 - 1)..=self.current {
            // As of the end of its slice, so that nothing leaves the window early.
            let end = self.width.as_nanos() * (u128::from(number) + 1) - 1;
            let reached = end.min(now.as_nanos()) / other.width.as_nanos();
            let at = u64::try_from(reached)
                .unwrap_or(u64::MAX)
                .min(other.current);
            if let Some(slice) = other.numbered(at) {
                add(slice, self.slices[slot(number)]);
            }
        }
        other
    }

    /// Forgets what is in them.
    pub(crate) fn clear(&mut self) {
        self.slices = [C::default(); SLICES];
    }
}

fn slot(number: u64) -> usize {
    (number % SLICES as u64) as usize
}
