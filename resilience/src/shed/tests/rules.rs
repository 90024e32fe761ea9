//! Codel in every short run, and what the shell and the checks say.

use proptest::prelude::*;
use tokio::time::advance;

use super::*;

/// Codel by its definition, over all calls that were taken out: how long each waited, and when.
fn is_overloaded(taken: &[(u64, u64)], settings: (u64, u64)) -> bool {
    let (target, interval) = settings;
    let mut overloaded = false;
    for (last, &(waited, at)) in taken.iter().enumerate() {
        let queue_was_empty = |index: usize| {
            let (waited, at) = taken[index];
            index == 0 || at.saturating_sub(waited) > taken[index - 1].1
        };
        if queue_was_empty(last) || waited * 2 <= target {
            overloaded = false;
        }
        // The calls up to this one that all waited too long, in one queue that never was empty.
        let mut first = last + 1;
        while first > 0 && taken[first - 1].0 > target {
            first -= 1;
            if queue_was_empty(first) {
                break;
            }
        }
        if first <= last && at - taken[first].1 >= interval {
            overloaded = true;
        }
    }
    overloaded
}

fn agree(codel: &mut Codel, taken: &[(u64, u64)], settings: (u64, u64)) {
    let &(waited, at) = taken.last().expect("one was taken out");
    let admitted = codel.admit(ms(waited), Critical, ms(at));
    let overloaded = is_overloaded(taken, settings);
    assert_eq!(codel.is_overloaded(), overloaded, "{taken:?}");
    assert_eq!(
        admitted,
        !overloaded || waited <= 2 * settings.0,
        "{taken:?}"
    );
}

#[test]
fn every_short_run_agrees_with_the_definition() {
    fn explore(codel: &Codel, taken: &mut Vec<(u64, u64)>, depth: u32) -> u32 {
        if depth == 0 {
            return u32::from(codel.is_overloaded());
        }
        let now = taken.last().map_or(0, |last| last.1);
        let mut overloaded = 0;
        for pause in [0, 2, 5] {
            for waited in [1, 2, 3, 5, 9] {
                let mut codel = codel.clone();
                taken.push((waited, now + pause));
                agree(&mut codel, taken, (2, 4));
                overloaded += explore(&codel, taken, depth - 1);
                taken.pop();
            }
        }
        overloaded
    }
    let codel = Codel::new(QueueTime::target(ms(2)).interval(ms(4)));
    assert!(explore(&codel, &mut Vec::new(), 4) > 1_000);
}

proptest! {
    #[test]
    fn long_runs_agree_with_the_definition(
        steps in prop::collection::vec((0..30_u64, 0..60_u64), 0..100),
    ) {
        let mut codel = Codel::new(QueueTime::target(ms(10)).interval(ms(50)));
        let (mut taken, mut now) = (Vec::new(), 0);
        for (pause, waited) in steps {
            now += pause;
            taken.push((waited, now));
            agree(&mut codel, &taken, (10, 50));
        }
    }
}

#[test]
fn a_clock_that_goes_back_counts_as_if_it_stood_still() {
    let mut codel = Codel::new(QueueTime::default());
    for call in 0..100 {
        let now = ms(1_000_u64.saturating_sub(call * 100));
        assert!(codel.admit(ms(500), Critical, now));
    }
    assert!(codel.admit(Duration::MAX, Critical, ms(1_099)));
    assert!(!codel.admit(Duration::MAX, CriticalPlus, ms(1_100)));
}

#[test]
fn a_queue_that_serves_the_newest_first_tells_of_its_oldest_call() {
    let mut codel = Codel::new(QueueTime::target(ms(5)));
    for now in 0..=30 {
        codel.observe(ms(now * 10 + 50), ms(now * 10));
    }
    assert!(codel.is_overloaded());
    assert!(codel.serves(ms(1), Sheddable), "the newest is in time");
    assert!(!codel.serves(ms(6), Sheddable));
    let longest = Criticality::ALL.map(|class| QueueTime::target(ms(10)).longest(class));
    assert_eq!(longest, [10, 15, 20, 40].map(ms));
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let error = |shed: LoadShed| shed.check().expect_err("it can't work");
    assert_eq!(error(LoadShed::queue_time(ms(0))), ShedError::ZeroTarget);
    let (target, interval) = (ms(100), ms(100));
    let expected = ShedError::IntervalTooShort { target, interval };
    assert_eq!(error(LoadShed::queue_time(target)), expected);
    assert_eq!(error(LoadShed::in_flight(0)), ShedError::NoPlaces);
    assert!(Shedder::new(&LoadShed::in_flight(0), 1).is_err());
    let marks = Marks::default().class(Critical, 0.0..=0.0);
    let (criticality, low, high) = (Critical, 0.0, 0.0);
    let expected = ShedError::InvalidMarks {
        criticality,
        low,
        high,
    };
    assert_eq!(error(LoadShed::InFlight(9, marks)), expected);
}

#[tokio::test(start_paused = true)]
async fn calls_that_waited_too_long_all_through_an_interval_are_shed() {
    let shedder = Shedder::new(&LoadShed::queue_time(ms(10)), 1).expect("sound settings");
    for _ in 0..10 {
        assert_eq!(shedder.try_enter(Critical, ms(50)), Ok(()));
        advance(ms(10)).await;
    }
    let shed = shedder.try_enter(Critical, ms(50)).expect_err("for 100 ms");
    let (criticality, waited) = (Critical, ms(50));
    assert_eq!(
        shed,
        Shed::Waited {
            criticality,
            waited
        }
    );
    let text = "the critical call waited 50ms in an overloaded queue";
    assert_eq!(shed.to_string(), text);
    assert_eq!(shedder.try_enter(CriticalPlus, ms(40)), Ok(()));
}

#[test]
fn classes_are_in_order_and_have_names() {
    assert!(Criticality::ALL.is_sorted());
    let names = Criticality::ALL.map(|class| class.to_string());
    assert_eq!(
        names,
        ["sheddable", "sheddable-plus", "critical", "critical-plus"]
    );
}
