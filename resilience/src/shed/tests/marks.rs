//! Shedding by utilization.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;

use super::*;

#[test]
fn nothing_is_shed_up_to_the_low_mark_all_from_the_high_one_and_some_in_between() {
    let marks = Marks::default().class(Critical, 0.8..=0.9);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (utilization, share) in [
        (0.0, 0.0),
        (0.8, 0.0),
        (0.85, 0.5),
        (0.875, 0.75),
        (0.9, 1.0),
    ] {
        let calls = (0..10_000).filter(|_| !marks.admit(Critical, utilization, &mut rng));
        let shed = calls.count() as f64 / 10_000.0;
        assert!((shed - share).abs() < 0.02, "{shed} at {utilization}");
        let exact = marks.share_shed(Critical, utilization);
        assert!((exact - share).abs() < 1e-9, "{exact} at {utilization}");
    }
}

#[test]
fn marks_without_a_distance_are_a_step() {
    let marks = Marks::default().class(Critical, 0.9..=0.9);
    assert_eq!(marks.check(), Ok(()));
    assert_eq!(marks.share_shed(Critical, 0.9), 1.0);
    assert_eq!(marks.share_shed(Critical, 0.899), 0.0);
}

#[test]
fn what_is_no_number_sheds_nothing() {
    let marks = Marks::default();
    assert_eq!(marks.share_shed(Sheddable, f64::NAN), 0.0);
    assert_eq!(marks.share_shed(Sheddable, f64::NEG_INFINITY), 0.0);
    assert_eq!(marks.share_shed(CriticalPlus, f64::INFINITY), 1.0);
}

#[test]
fn marks_that_are_no_range_or_turn_the_order_around_are_refused() {
    for (low, high) in [
        (-0.1, 0.5),
        (0.5, f64::INFINITY),
        (f64::NAN, 1.0),
        (0.5, f64::NAN),
    ] {
        let marks = Marks::default().class(Critical, low..=high);
        let refused = matches!(marks.check(), Err(ShedError::InvalidMarks { .. }));
        assert!(refused, "{low} {high}");
    }
    let (criticality, below) = (Critical, SheddablePlus);
    let expected = Err(ShedError::Inverted { criticality, below });
    assert_eq!(
        Marks::default().class(Critical, 0.5..=0.95).check(),
        expected
    );
    let reversed = Marks::default().class(Critical, 0.8..=0.79);
    assert!(reversed.check().is_err());
    let never = Marks::default().class(CriticalPlus, 2.0..=2.0);
    assert_eq!(never.check(), Ok(()));
    assert_eq!(never.share_shed(CriticalPlus, 1.0), 0.0);
}

#[test]
fn the_last_places_are_for_critical_calls() {
    let shedder = Shedder::new(&LoadShed::in_flight(100), 1).expect("sound settings");
    let mut inside = 0;
    let fill = Criticality::ALL.map(|class| {
        let came = (0..1_000).filter(|_| shedder.try_enter(class, ms(0)).is_ok());
        inside += came.count();
        inside
    });
    assert_eq!(fill, [70, 80, 95, 100]);
    let shed = shedder.try_enter(CriticalPlus, ms(0)).expect_err("full");
    let text = "the critical-plus call was shed at a utilization of 100 %";
    assert_eq!(shed.to_string(), text);
    (0..100).for_each(|_| shedder.leave());
    assert_eq!(shedder.try_enter(Sheddable, ms(0)), Ok(()), "all have left");
}

#[test]
fn never_are_more_inside_than_the_limit() {
    let never = [0, 1, 2, 3].map(|at| (Criticality::ALL[at], 2.0..=2.0));
    let marks = never
        .into_iter()
        .fold(Marks::default(), |marks, (class, never)| {
            marks.class(class, never)
        });
    let shedder = Shedder::new(&LoadShed::InFlight(5, marks), 1).expect("sound settings");
    let came = (0..10).filter(|_| shedder.try_enter(Critical, ms(0)).is_ok());
    assert_eq!(came.count(), 5);
}

#[test]
fn a_signal_is_asked_at_each_call() {
    let percent = Arc::new(AtomicU32::new(0));
    let read = Arc::clone(&percent);
    let signal = LoadShed::signal(move || f64::from(read.load(Ordering::Relaxed)) / 100.0);
    assert_eq!(signal, signal.clone());
    assert_ne!(signal, LoadShed::signal(|| 0.0));
    let shedder = Shedder::new(&signal, 1).expect("sound settings");
    let served = |at: u32| {
        percent.store(at, Ordering::Relaxed);
        Criticality::ALL.map(|class| shedder.try_enter(class, ms(0)).is_ok())
    };
    assert_eq!(served(50), [true, true, true, true]);
    assert!(!served(70)[0]);
    assert_eq!(served(80)[1..], [false, true, true]);
    assert_eq!(served(95)[2..], [false, true]);
    assert_eq!(served(100), [false; 4]);
}

proptest! {
    #[test]
    fn of_two_classes_the_less_critical_is_shed_more(utilization in 0.0..1.2_f64) {
        let shares = Criticality::ALL.map(|class| Marks::default().share_shed(class, utilization));
        prop_assert!(shares.is_sorted_by(|a, b| a >= b), "{:?}", shares);
        prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
    }
}
