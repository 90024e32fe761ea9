//! [`Window`]: which calls a breaker looks back at; and the tally of them.

use std::time::Duration;

use crate::slices::Slices;

/// The most calls a window can hold, as each takes a byte.
pub(super) const CALLS_MAX: u32 = 1_000_000;

/// Which calls count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The last so many calls, however long ago they were.
    Calls(u32),
    /// The calls that ended within this time, accurate to a tenth of it.
    Time(Duration),
}

impl Window {
    /// The last `calls` calls.
    #[must_use]
    pub const fn calls(calls: u32) -> Self {
        Self::Calls(calls)
    }

    /// The calls of the last `period`.
    #[must_use]
    pub const fn time(period: Duration) -> Self {
        Self::Time(period)
    }
}

/// How one call counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    pub(super) failed: bool,
    pub(super) slow: bool,
}

/// How many calls are in a window, and how many of them failed or were slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All calls that count.
    pub calls: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that took too long, however they ended.
    pub slow: u32,
}

impl Counts {
    pub(super) fn add(&mut self, mark: Mark) {
        self.calls = self.calls.saturating_add(1);
        self.failed = self.failed.saturating_add(mark.failed.into());
        self.slow = self.slow.saturating_add(mark.slow.into());
    }

    fn add_all(&mut self, others: Self) {
        self.calls = self.calls.saturating_add(others.calls);
        self.failed = self.failed.saturating_add(others.failed);
        self.slow = self.slow.saturating_add(others.slow);
    }

    fn forget(&mut self, mark: Mark) {
        self.calls -= 1;
        self.failed -= u32::from(mark.failed);
        self.slow -= u32::from(mark.slow);
    }

    fn forget_all(&mut self, older: Self) {
        self.calls -= older.calls;
        self.failed -= older.failed;
        self.slow -= older.slow;
    }
}

/// The calls within a window, counted exactly: each call that leaves it is subtracted.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    counts: Counts,
    kept: Kept,
}

#[derive(Debug, Clone)]
enum Kept {
    Calls {
        marks: Box<[Mark]>,
        /// Where the next one goes, over the oldest.
        next: usize,
    },
    Time(Slices<Counts>),
}

impl Tally {
    pub(super) fn new(window: Window) -> Self {
        let kept = match window {
            Window::Calls(calls) => Kept::Calls {
                marks: vec![Mark::default(); calls.clamp(1, CALLS_MAX) as usize].into(),
                next: 0,
            },
            Window::Time(period) => Kept::Time(Slices::new(period)),
        };
        Self {
            counts: Counts::default(),
            kept,
        }
    }

    /// Counts a call that ended now, and forgets those that are out of the window.
    #[inline]
    pub(super) fn add(&mut self, mark: Mark, now: Duration) -> Counts {
        self.slide(now);
        match &mut self.kept {
            Kept::Calls { marks, next } => {
                if self.counts.calls as usize == marks.len() {
                    self.counts.forget(marks[*next]);
                }
                marks[*next] = mark;
                *next = if *next + 1 == marks.len() {
                    0
                } else {
                    *next + 1
                };
            }
            Kept::Time(slices) => slices.newest().add(mark),
        }
        self.counts.add(mark);
        self.counts
    }

    /// What is in the window now.
    pub(super) fn counts(&mut self, now: Duration) -> Counts {
        self.slide(now);
        self.counts
    }

    /// What of it fits into another window. A window of the other kind begins empty.
    pub(super) fn resized(&mut self, window: Window, now: Duration) -> Self {
        self.slide(now);
        let mut other = Self::new(window);
        match (&self.kept, &mut other.kept, window) {
            (Kept::Calls { marks, next }, Kept::Calls { .. }, _) => {
                let (newer, older) = marks.split_at(*next);
                let is_full = self.counts.calls as usize == marks.len();
                let older = if is_full { older } else { &[] };
                for &mark in older.iter().chain(newer) {
                    other.add(mark, now);
                }
            }
            (Kept::Time(slices), Kept::Time(others), Window::Time(period)) => {
                let sum = &mut other.counts;
                *others = slices.refitted(period, now, |slice, counts| {
                    slice.add_all(counts);
                    sum.add_all(counts);
                });
            }
            _ => {}
        }
        other
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.counts = Counts::default();
        match &mut self.kept {
            Kept::Calls { next, .. } => *next = 0,
            Kept::Time(slices) => slices.clear(),
        }
    }

    /// Whether it has to know the time.
    pub(super) fn is_timed(&self) -> bool {
        matches!(self.kept, Kept::Time(_))
    }

    #[inline]
    fn slide(&mut self, now: Duration) {
        if let Kept::Time(slices) = &mut self.kept {
            slices.slide(now, |older| self.counts.forget_all(older));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    const FAILED: Mark = Mark {
        failed: true,
        slow: false,
    };

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn last_calls_slide_one_by_one() {
        let mut tally = Tally::new(Window::calls(3));
        for _ in 0..10 {
            tally.add(Mark::default(), ms(0));
        }
        let failed: Vec<_> = (0..4).map(|_| tally.add(FAILED, ms(0)).failed).collect();
        assert_eq!(failed, [1, 2, 3, 3]);
        assert_eq!(tally.counts(ms(0)).calls, 3);
    }

    #[test]
    fn calls_leave_a_window_of_time_by_tenths() {
        let mut tally = Tally::new(Window::time(ms(1_000)));
        tally.add(FAILED, ms(50));
        tally.add(FAILED, ms(150));
        assert_eq!(tally.counts(ms(999)).failed, 2);
        assert_eq!(tally.counts(ms(1_000)).failed, 1);
        assert_eq!(tally.counts(ms(1_100)).failed, 0);
    }

    #[test]
    fn a_clock_that_jumps_far_or_back_loses_no_exactness() {
        let mut tally = Tally::new(Window::time(ms(1_000)));
        tally.add(FAILED, ms(50));
        let later = Duration::from_secs(60 * 60 * 24 * 365 * 30);
        assert_eq!(tally.add(FAILED, later).calls, 1);
        assert_eq!(tally.add(FAILED, ms(0)).calls, 2, "it counts as of now");
        assert_eq!(tally.counts(Duration::MAX).calls, 0);
    }

    #[test]
    fn the_shortest_window_is_a_window() {
        let mut tally = Tally::new(Window::time(Duration::ZERO));
        tally.add(FAILED, ms(0));
        assert_eq!(tally.counts(ms(1)).calls, 0);
        assert_eq!(Tally::new(Window::calls(0)).add(FAILED, ms(0)).calls, 1);
    }

    fn mark() -> impl Strategy<Value = Mark> {
        (any::<bool>(), any::<bool>()).prop_map(|(failed, slow)| Mark { failed, slow })
    }

    fn sum<'a>(marks: impl Iterator<Item = &'a Mark>) -> Counts {
        let mut counts = Counts::default();
        marks.for_each(|&mark| counts.add(mark));
        counts
    }

    proptest! {
        #[test]
        fn calls_agree_with_a_list(
            size in 1_u32..20,
            marks in prop::collection::vec(mark(), 0..100),
        ) {
            let mut tally = Tally::new(Window::calls(size));
            let mut list = VecDeque::new();
            for mark in marks {
                list.push_back(mark);
                if list.len() > size as usize {
                    list.pop_front();
                }
                prop_assert_eq!(tally.add(mark, Duration::ZERO), sum(list.iter()));
            }
        }

        #[test]
        fn another_number_of_calls_keeps_the_newest(
            sizes in prop::collection::vec((1_u32..20, prop::collection::vec(mark(), 0..30)), 1..6),
        ) {
            let mut tally = Tally::new(Window::calls(sizes[0].0));
            let mut list = VecDeque::new();
            for (size, marks) in sizes {
                tally = tally.resized(Window::calls(size), Duration::ZERO);
                for mark in marks {
                    list.push_back(mark);
                    tally.add(mark, Duration::ZERO);
                }
                while list.len() > size as usize {
                    list.pop_front();
                }
                prop_assert_eq!(tally.counts(Duration::ZERO), sum(list.iter()));
            }
        }

        #[test]
        fn another_time_keeps_what_it_covers(
            marks in prop::collection::vec((mark(), 0_u64..400), 0..50),
            pause in 0_u64..400,
            period in 10_u64..4_000,
        ) {
            let mut tally = Tally::new(Window::time(ms(1_000)));
            let (mut list, mut now) = (Vec::new(), 0);
            for (mark, pause) in marks {
                now += pause;
                list.push((mark, now));
                tally.add(mark, ms(now));
            }
            now += pause;
            let kept = tally.counts(ms(now));
            let mut tally = tally.resized(Window::time(ms(period)), ms(now));
            let counts = tally.counts(ms(now));
            let within = |period: u64| {
                let younger = list.iter().filter(|(_, at)| now - at < period);
                sum(younger.map(|(mark, _)| mark))
            };
            // Exact to a slice of either window; what the old one had forgotten is gone.
            let least = within((period - period / 10).min(900)).calls;
            let most = within(period + 100).calls.min(kept.calls);
            prop_assert!((least..=most).contains(&counts.calls), "{least} {counts:?} {most}");
            let gone = tally.counts(ms(now + period + 100));
            prop_assert_eq!(gone, Counts::default());
            if period == 1_000 {
                prop_assert_eq!(counts, kept);
            }
        }

        #[test]
        fn time_agrees_with_a_list(marks in prop::collection::vec((mark(), 0_u64..400), 0..200)) {
            let mut tally = Tally::new(Window::time(ms(1_000)));
            let (mut list, mut now) = (Vec::new(), 0);
            for (mark, pause) in marks {
                now += pause;
                list.push((mark, now / 100));
                let within = |slice: u64| now / 100 - slice < 10;
                let expected = sum(list.iter().filter(|(_, at)| within(*at)).map(|(mark, _)| mark));
                prop_assert_eq!(tally.add(mark, ms(now)), expected);
            }
        }
    }
}
