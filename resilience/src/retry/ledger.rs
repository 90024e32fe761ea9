//! [`Ledger`]: the machine that counts calls and repeats against a [`Budget`].

use std::fmt;
use std::time::Duration;

use super::budget::Budget;

/// How many buckets make a second. The window slides by one of them at a time, so it is at most a
/// tenth of a second shorter than it says.
const BUCKETS_PER_SECOND: u64 = 10;

/// The buckets of the window of 10 s: long enough that a fifth of one call a second is a repeat,
/// short enough that a good minute does not pay for the bad one after it.
const BUCKETS: usize = 100;

/// How much of a share is the whole.
const MILLION: u64 = 1_000_000;

/// Counts calls and repeats over a sliding window of 10 s, and grants repeats by a [`Budget`].
///
/// A pure machine: it takes the time as an argument and wakes nobody. One ledger serves all that
/// repeats calls to the same place, retry and hedge alike: each of them
/// [records](Self::record_call) a call once, however often it is attempted, and
/// [withdraws](Self::try_withdraw) before each repeat.
///
/// Times are durations since the clock's origin. A time lower than one seen before counts as that
/// one, so a clock that goes back neither frees nor loses anything. However far the clock jumps,
/// nothing takes more than a hundred small steps, and nothing is allocated.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::retry::{Budget, Ledger};
///
/// let mut ledger = Ledger::new(Budget::share(0.5).at_least_per_second(0));
/// let now = Duration::from_secs(7);
/// for _ in 0..4 {
///     ledger.record_call(now);
/// }
/// assert!(ledger.try_withdraw(now));
/// assert!(ledger.try_withdraw(now));
/// assert!(!ledger.try_withdraw(now), "two repeats are half of four calls");
/// ```
#[derive(Clone)]
pub struct Ledger {
    millionths: u64,
    per_second: u64,
    /// The number of the newest bucket, counted from the clock's origin. Never falls.
    newest: u64,
    /// Bucket `n` is at `n % BUCKETS`; those that are too old are zero.
    buckets: [Bucket; BUCKETS],
    /// The sum of all buckets.
    calls: u64,
    /// The sum of all buckets.
    repeats: u64,
}

/// What began within a tenth of a second. Counts stop at their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    calls: u32,
    repeats: u32,
}

impl Bucket {
    const EMPTY: Self = Self {
        calls: 0,
        repeats: 0,
    };
}

impl Ledger {
    /// A ledger without entries.
    #[must_use]
    pub fn new(budget: Budget) -> Self {
        Self {
            millionths: budget.millionths(),
            per_second: u64::from(budget.per_second),
            newest: 0,
            buckets: [Bucket::EMPTY; BUCKETS],
            calls: 0,
            repeats: 0,
        }
    }

    /// Grants by another budget from now on. What was recorded and withdrawn counts against it.
    pub fn set_budget(&mut self, budget: Budget) {
        self.millionths = budget.millionths();
        self.per_second = u64::from(budget.per_second);
    }

    /// Records that a call was made: its first attempt, and none of its repeats.
    pub fn record_call(&mut self, now: Duration) {
        self.advance(now);
        let bucket = &mut self.buckets[slot(self.newest)];
        if let Some(calls) = bucket.calls.checked_add(1) {
            bucket.calls = calls;
            self.calls += 1;
        }
        self.assert_sums();
    }

    /// Withdraws one repeat, if the budget has room for it. Otherwise nothing changes.
    ///
    /// Whoever withdraws and then does not repeat (the call is dropped while it waits) should
    /// [give back](Self::give_back).
    #[must_use]
    pub fn try_withdraw(&mut self, now: Duration) -> bool {
        self.advance(now);
        // Neither product overflows: a sum is at most BUCKETS × u32::MAX.
        let within_share = (self.repeats + 1) * MILLION <= self.calls * self.millionths;
        if !within_share && self.repeats_of_the_last_second() >= self.per_second {
            return false;
        }
        let bucket = &mut self.buckets[slot(self.newest)];
        let Some(repeats) = bucket.repeats.checked_add(1) else {
            return false;
        };
        bucket.repeats = repeats;
        self.repeats += 1;
        self.assert_sums();
        true
    }

    /// Gives back what [`try_withdraw`](Self::try_withdraw) granted at the time `withdrawn`, and
    /// what was then not used.
    ///
    /// What has left the window counts no more, and nothing is given back for it. Of repeats
    /// withdrawn within the same tenth of a second any one is as good as the other.
    pub fn give_back(&mut self, withdrawn: Duration) {
        let first = number(withdrawn).min(self.newest);
        if self.newest - first >= BUCKETS as u64 {
            return;
        }
        // A time that lay before one seen already was booked later than it says.
        for number in first..=self.newest {
            let bucket = &mut self.buckets[slot(number)];
            if bucket.repeats > 0 {
                bucket.repeats -= 1;
                self.repeats -= 1;
                break;
            }
        }
        self.assert_sums();
    }

    /// Whether there were repeats within the window.
    pub(crate) fn has_repeats(&mut self, now: Duration) -> bool {
        self.advance(now);
        self.repeats > 0
    }

    /// Empties the buckets that leave the window until `now`.
    fn advance(&mut self, now: Duration) {
        let newest = number(now).max(self.newest);
        // Past a whole window, every bucket is emptied once and none twice.
        let first = newest
            .saturating_sub(BUCKETS as u64 - 1)
            .max(self.newest + 1);
        for number in first..=newest {
            let bucket = &mut self.buckets[slot(number)];
            self.calls -= u64::from(bucket.calls);
            self.repeats -= u64::from(bucket.repeats);
            *bucket = Bucket::EMPTY;
        }
        self.newest = newest;
    }

    fn repeats_of_the_last_second(&self) -> u64 {
        let first = self.newest.saturating_sub(BUCKETS_PER_SECOND - 1);
        (first..=self.newest)
            .map(|number| u64::from(self.buckets[slot(number)].repeats))
            .sum()
    }

    /// The sums are those of the buckets. Only where debug assertions are on: it looks at each.
    fn assert_sums(&self) {
        let sum = |count: fn(&Bucket) -> u32| -> u64 {
            self.buckets
                .iter()
                .map(|bucket| u64::from(count(bucket)))
                .sum()
        };
        debug_assert_eq!(self.calls, sum(|bucket| bucket.calls));
        debug_assert_eq!(self.repeats, sum(|bucket| bucket.repeats));
    }
}

/// Shows what the window holds as of the last time seen, without the single buckets.
impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("calls", &self.calls)
            .field("repeats", &self.repeats)
            .finish_non_exhaustive()
    }
}

/// The number of the bucket of a time. The last number takes all that is after it, which begins in
/// some fifty thousand million years.
fn number(now: Duration) -> u64 {
    // Below one second, so the division gives less than BUCKETS_PER_SECOND.
    let within = u64::from(now.subsec_nanos()) * BUCKETS_PER_SECOND / 1_000_000_000;
    now.as_secs()
        .saturating_mul(BUCKETS_PER_SECOND)
        .saturating_add(within)
        .min(u64::MAX - 1)
}

fn slot(number: u64) -> usize {
    // Less than BUCKETS, so it fits.
    (number % BUCKETS as u64) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn after_calls(budget: Budget, calls: u32, now: Duration) -> Ledger {
        let mut ledger = Ledger::new(budget);
        for _ in 0..calls {
            ledger.record_call(now);
        }
        ledger
    }

    /// How many repeats are granted at once, at most `limit`.
    fn drain(ledger: &mut Ledger, now: Duration, limit: usize) -> usize {
        (0..limit).take_while(|_| ledger.try_withdraw(now)).count()
    }

    fn share_alone(share: f64) -> Budget {
        Budget::share(share).at_least_per_second(0)
    }

    #[test]
    fn another_budget_counts_what_was_recorded_and_withdrawn() {
        let mut ledger = after_calls(share_alone(0.2), 100, secs(3));
        assert_eq!(drain(&mut ledger, secs(3), 999), 20);
        ledger.set_budget(share_alone(0.5));
        assert_eq!(drain(&mut ledger, secs(3), 999), 30);
        ledger.set_budget(share_alone(0.4));
        assert_eq!(drain(&mut ledger, secs(3), 999), 0);
    }

    #[test]
    fn busy_client_repeats_its_share_and_no_more() {
        for (calls, granted) in [(0, 0), (4, 0), (5, 1), (9, 1), (10, 2), (1_000, 200)] {
            let mut ledger = after_calls(share_alone(0.2), calls, secs(3));
            assert_eq!(drain(&mut ledger, secs(3), 999), granted, "{calls} calls");
        }
    }

    #[test]
    fn quiet_client_repeats_so_many_a_second() {
        let mut ledger = after_calls(Budget::share(0.2), 1, secs(0));
        for second in 0..40 {
            assert_eq!(drain(&mut ledger, secs(second), 99), 3, "second {second}");
        }
    }

    #[test]
    fn floor_slides_and_does_not_start_anew_at_each_second() {
        let mut ledger = Ledger::new(Budget::share(0.0));
        assert_eq!(drain(&mut ledger, ms(900), 99), 3);
        assert_eq!(drain(&mut ledger, ms(1_000), 99), 0);
        assert_eq!(drain(&mut ledger, ms(1_899), 99), 0);
        assert_eq!(drain(&mut ledger, ms(1_900), 99), 3);
    }

    #[test]
    fn share_and_floor_are_not_added_up() {
        let mut ledger = after_calls(Budget::share(0.2), 100, secs(5));
        assert_eq!(drain(&mut ledger, secs(5), 99), 20);
        let mut ledger = after_calls(Budget::share(0.2), 10, secs(5));
        assert_eq!(drain(&mut ledger, secs(5), 99), 3);
    }

    #[test]
    fn floor_is_there_after_the_share_is_used_up() {
        let mut ledger = after_calls(Budget::share(0.2), 100, secs(5));
        assert_eq!(drain(&mut ledger, secs(5), 99), 20);
        assert_eq!(drain(&mut ledger, secs(6), 99), 3);
    }

    #[test]
    fn calls_and_repeats_leave_the_window_after_ten_seconds() {
        let mut ledger = after_calls(share_alone(1.0), 2, ms(50));
        assert!(ledger.try_withdraw(ms(9_999)));
        assert!(
            !ledger.clone().try_withdraw(ms(10_000)),
            "the calls are gone"
        );
        for _ in 0..2 {
            ledger.record_call(ms(19_800));
        }
        assert_eq!(drain(&mut ledger.clone(), ms(19_899), 99), 1);
        assert_eq!(drain(&mut ledger, ms(19_900), 99), 2, "the repeat is gone");
    }

    #[test]
    fn refused_withdrawal_changes_nothing() {
        let mut ledger = after_calls(share_alone(0.5), 3, secs(1));
        assert_eq!(drain(&mut ledger, secs(1), 99), 1);
        for _ in 0..50 {
            assert!(!ledger.try_withdraw(secs(1)));
        }
        ledger.record_call(secs(1));
        assert!(ledger.try_withdraw(secs(1)));
    }

    #[test]
    fn what_is_given_back_can_be_withdrawn_again() {
        let mut ledger = Ledger::new(Budget::share(0.0));
        assert_eq!(drain(&mut ledger, secs(1), 99), 3);
        ledger.give_back(secs(1));
        assert_eq!(drain(&mut ledger, ms(1_500), 99), 1);
    }

    #[test]
    fn what_has_left_the_window_gives_nothing_back() {
        let mut ledger = after_calls(share_alone(1.0), 1, secs(1));
        assert!(ledger.try_withdraw(secs(1)));
        ledger.record_call(secs(11));
        assert!(ledger.try_withdraw(secs(11)));
        ledger.give_back(secs(1));
        assert!(!ledger.try_withdraw(secs(11)));
    }

    #[test]
    fn giving_back_what_was_not_withdrawn_grants_nothing() {
        let mut ledger = after_calls(share_alone(1.0), 1, secs(1));
        ledger.give_back(secs(1));
        ledger.give_back(Duration::MAX);
        assert_eq!(drain(&mut ledger, secs(1), 99), 1);
    }

    #[test]
    fn withdrawal_of_a_clock_that_went_back_can_be_given_back() {
        let mut ledger = after_calls(share_alone(1.0), 1, secs(5));
        assert!(ledger.try_withdraw(secs(2)));
        ledger.give_back(secs(2));
        assert!(ledger.try_withdraw(secs(5)));
    }

    #[test]
    fn clock_that_stands_still_neither_frees_nor_loses() {
        let mut ledger = after_calls(Budget::share(0.2), 100_000, Duration::ZERO);
        assert_eq!(drain(&mut ledger, Duration::ZERO, 1_000_000), 20_000);
    }

    #[test]
    fn clock_that_goes_back_counts_as_the_latest_seen() {
        let mut ledger = after_calls(share_alone(0.2), 5, secs(100));
        assert!(ledger.try_withdraw(secs(1)));
        assert!(
            !ledger.try_withdraw(secs(100)),
            "booked at 100 s and not at 1 s"
        );
        for _ in 0..5 {
            ledger.record_call(Duration::ZERO);
        }
        assert!(ledger.try_withdraw(secs(109)));
    }

    #[test]
    fn clock_that_jumps_by_years_begins_a_new_window() {
        let year = secs(365 * 24 * 60 * 60);
        for jump in [secs(10), secs(11), year, 1_000 * year, Duration::MAX] {
            let mut ledger = after_calls(share_alone(1.0), 7, ms(10));
            assert_eq!(drain(&mut ledger, ms(10), 3), 3);
            assert!(!ledger.try_withdraw(jump), "jump of {jump:?}");
            ledger.record_call(jump);
            assert_eq!(drain(&mut ledger, jump, 99), 1, "jump of {jump:?}");
            ledger.give_back(jump);
            assert_eq!(drain(&mut ledger, jump, 99), 1, "jump of {jump:?}");
        }
    }

    #[test]
    fn full_bucket_refuses_and_keeps_the_sums() {
        let mut ledger = Ledger::new(Budget::share(1.0));
        let full = u32::MAX;
        for bucket in &mut ledger.buckets[..2] {
            bucket.calls = full;
        }
        ledger.buckets[1].repeats = full;
        ledger.newest = 1;
        (ledger.calls, ledger.repeats) = (2 * u64::from(full), u64::from(full));
        ledger.record_call(ms(100));
        assert!(!ledger.try_withdraw(ms(100)));
        assert!(ledger.try_withdraw(ms(200)), "the next bucket has room");
        ledger.record_call(secs(20));
        assert_eq!((ledger.calls, ledger.repeats), (1, 0));
    }

    #[test]
    fn largest_counts_do_not_overflow() {
        let mut ledger = Ledger::new(Budget::share(1.0).at_least_per_second(u32::MAX));
        let full = u32::MAX;
        ledger.buckets = [Bucket {
            calls: full,
            repeats: full,
        }; BUCKETS];
        let sum = BUCKETS as u64 * u64::from(full);
        (ledger.calls, ledger.repeats, ledger.newest) = (sum, sum, 99);
        assert!(!ledger.try_withdraw(ms(9_900)));
    }

    #[test]
    fn debug_output_shows_the_sums() {
        let ledger = after_calls(Budget::default(), 2, secs(1));
        assert_eq!(format!("{ledger:?}"), "Ledger { calls: 2, repeats: 0, .. }");
    }

    /// The definition: a list of instants, in nanoseconds, that is searched through each time.
    struct Naive {
        budget: Budget,
        latest: u128,
        calls: Vec<u128>,
        repeats: Vec<u128>,
    }

    const TENTH: u128 = 100_000_000;

    impl Naive {
        fn new(budget: Budget) -> Self {
            Self {
                budget,
                latest: 0,
                calls: Vec::new(),
                repeats: Vec::new(),
            }
        }

        fn see(&mut self, now: Duration) -> u128 {
            self.latest = self.latest.max(now.as_nanos());
            self.latest
        }

        /// How many lie within so many tenths of a second, of which the latest is the last.
        fn within(&self, instants: &[u128], tenths: u128) -> u128 {
            let recent = |at: &&u128| **at / TENTH + tenths > self.latest / TENTH;
            instants.iter().filter(recent).count() as u128
        }

        fn try_withdraw(&mut self, now: Duration) -> bool {
            let now = self.see(now);
            let allowed = self.within(&self.calls, 100) * u128::from(self.budget.millionths());
            let granted = (self.within(&self.repeats, 100) + 1) * 1_000_000 <= allowed
                || self.within(&self.repeats, 10) < u128::from(self.budget.per_second);
            if granted {
                self.repeats.push(now);
            }
            granted
        }
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Call,
        Withdraw,
        /// Gives back one of the withdrawals, by its place in the list.
        GiveBack(usize),
        Forward(u64),
        Back(u64),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => Just(Step::Call),
            4 => Just(Step::Withdraw),
            1 => any::<usize>().prop_map(Step::GiveBack),
            3 => (0_u64..700).prop_map(Step::Forward),
            1 => (700_u64..15_000).prop_map(Step::Forward),
            1 => (0_u64..3_000).prop_map(Step::Back),
        ]
    }

    proptest! {
        #[test]
        fn ledger_agrees_with_a_list_of_instants(
            share in prop_oneof![Just(0.0), Just(0.2), 0.0..1.0, Just(1.0)],
            floor in 0_u32..5,
            steps in prop::collection::vec(any_step(), 0..400),
        ) {
            let budget = Budget::share(share).at_least_per_second(floor);
            let (mut ledger, mut naive) = (Ledger::new(budget), Naive::new(budget));
            let mut now = Duration::ZERO;
            for step in steps {
                match step {
                    Step::Call => {
                        ledger.record_call(now);
                        let seen = naive.see(now);
                        naive.calls.push(seen);
                    }
                    Step::Withdraw => {
                        prop_assert_eq!(ledger.try_withdraw(now), naive.try_withdraw(now));
                    }
                    Step::GiveBack(index) if !naive.repeats.is_empty() => {
                        let index = index % naive.repeats.len();
                        let at = naive.repeats.remove(index);
                        ledger.give_back(Duration::from_nanos(at as u64));
                    }
                    Step::GiveBack(_) => {}
                    Step::Forward(millis) => now += ms(millis),
                    Step::Back(millis) => now = now.saturating_sub(ms(millis)),
                }
                prop_assert_eq!(u128::from(ledger.calls), naive.within(&naive.calls, 100));
                prop_assert_eq!(u128::from(ledger.repeats), naive.within(&naive.repeats, 100));
            }
        }

        #[test]
        fn repeats_of_a_second_stay_within_share_or_floor(
            floor in 0_u32..5,
            steps in prop::collection::vec((0_u64..400, 0_u32..8, 0_u32..8), 1..200),
        ) {
            let budget = Budget::share(0.2).at_least_per_second(floor);
            let mut ledger = Ledger::new(budget);
            let (mut now, mut calls, mut repeats) = (secs(20), Vec::new(), Vec::new());
            for (pause, called, asked) in steps {
                now += ms(pause);
                for _ in 0..called {
                    ledger.record_call(now);
                    calls.push(now);
                }
                for _ in 0..asked {
                    if ledger.try_withdraw(now) {
                        repeats.push(now);
                        // On the exact times: the window is shorter than 10 s, so calls are those
                        // of 10 s at most; of repeats a tenth of a second may be forgotten.
                        let since = |list: &[Duration], window| {
                            list.iter().filter(|at| now - **at < window).count() as u32
                        };
                        let share = since(&repeats, ms(9_900)) * 5 <= since(&calls, secs(10));
                        prop_assert!(share || since(&repeats, ms(900)) <= floor);
                    }
                }
            }
        }

        #[test]
        fn no_time_panics(
            times in prop::collection::vec((any::<u64>(), 0_u32..64, 0_u32..1_000_000_000), 0..40),
        ) {
            let mut ledger = Ledger::new(Budget::default());
            for (secs, shift, nanos) in times {
                let now = Duration::new(secs >> shift, nanos);
                ledger.record_call(now);
                let _ = ledger.try_withdraw(now);
                ledger.give_back(now);
            }
        }
    }
}
