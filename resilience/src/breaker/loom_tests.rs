//! The breaker's gate under loom: it shows the state that the machine is in, and no call that was
//! let in by an earlier one decides anything.
//!
//! The machine is explored by itself in `tests/`; this is about what is shared without its lock.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::{Admitted, Breaker, BreakerState, CircuitBreaker, Control, HalfOpen, Window};
use crate::verdict::Verdict;

/// Long enough that no clock gets there in a model.
const HOUR: Duration = Duration::from_secs(3_600);

/// Opens after so many failures in a row, and reads no clock for successes.
fn breaker(failures: u32, open_for: Duration) -> Arc<CircuitBreaker> {
    let settings = Breaker::consecutive(failures)
        .window(Window::calls(8))
        .half_open(HalfOpen::Calls(1))
        .half_open_limit(HOUR)
        .open_for(open_for);
    Arc::new(CircuitBreaker::new(settings, 1).expect("sound settings"))
}

fn fail(breaker: &CircuitBreaker, admitted: Admitted) {
    breaker.record(admitted, Verdict::Unknown, None);
}

/// Whether it lets a call in now; the call says nothing.
fn lets_in(breaker: &CircuitBreaker) -> bool {
    match breaker.try_acquire() {
        Ok(admitted) => {
            breaker.record(admitted, Verdict::Ignored, None);
            true
        }
        Err(_) => false,
    }
}

#[test]
fn after_failures_on_two_threads_it_is_open_to_all() {
    loom::model(|| {
        let breaker = breaker(2, HOUR);
        let calls = [breaker.try_acquire(), breaker.try_acquire()];
        let threads = calls.map(|call| {
            let breaker = Arc::clone(&breaker);
            thread::spawn(move || fail(&breaker, call.expect("it is closed")))
        });
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(!lets_in(&breaker), "the gate shows it");
    });
}

#[test]
fn who_has_seen_it_open_or_opened_it_is_not_let_in() {
    loom::model(|| {
        let breaker = breaker(1, HOUR);
        let other = Arc::clone(&breaker);
        let looks = thread::spawn(move || {
            let was_open = !lets_in(&other);
            assert!(!was_open || !lets_in(&other), "it does not close by itself");
        });
        let call = breaker.try_acquire().expect("it is closed");
        fail(&breaker, call);
        assert!(!lets_in(&breaker), "this thread has opened it");
        looks.join().expect("no panic");
    });
}

#[test]
fn a_call_counts_in_the_state_that_let_it_in_or_not_at_all() {
    loom::model(|| {
        let breaker = breaker(2, HOUR);
        let other = Arc::clone(&breaker);
        let before = breaker.try_acquire().expect("it is closed");
        let fails = thread::spawn(move || {
            fail(&other, before);
            fail(
                &other,
                other.try_acquire().expect("it is closed, or disabled"),
            );
        });
        breaker.set_control(Control::Disable);
        breaker.set_control(Control::Automatic);
        fails.join().expect("no panic");
        // Of those two only one can be of this state.
        assert!(lets_in(&breaker));
        let call = breaker.try_acquire().expect("it is closed");
        fail(&breaker, call);
        let call = breaker.try_acquire();
        let is_open = breaker.state() == BreakerState::Open;
        assert_eq!(call.is_err(), is_open, "the gate shows the state");
        if let Ok(call) = call {
            fail(&breaker, call);
        }
        assert_eq!(
            breaker.state(),
            BreakerState::Open,
            "these two are of this state"
        );
    });
}

#[test]
fn the_gate_never_goes_back_to_an_earlier_state() {
    loom::model(|| {
        let breaker = breaker(1, HOUR);
        let other = Arc::clone(&breaker);
        let opens = thread::spawn(move || other.set_control(Control::ForceOpen));
        breaker.set_control(Control::Automatic);
        opens.join().expect("no panic");
        let is_closed = breaker.state() == BreakerState::Closed;
        assert_eq!(lets_in(&breaker), is_closed, "the last one told is done");
        if is_closed {
            let call = breaker.try_acquire().expect("it is closed");
            fail(&breaker, call);
            assert!(!lets_in(&breaker), "the call was of the last state");
        }
    });
}

#[test]
fn a_trial_lets_in_one_of_two_callers() {
    loom::model(|| {
        let breaker = breaker(1, Duration::from_nanos(1));
        let call = breaker.try_acquire().expect("it is closed");
        fail(&breaker, call);
        let threads = [(); 2].map(|()| {
            let breaker = Arc::clone(&breaker);
            thread::spawn(move || breaker.try_acquire().ok())
        });
        let admitted = threads.map(|thread| thread.join().expect("no panic"));
        let mut admitted = admitted.into_iter().flatten();
        let trial = admitted.next().expect("its time is up");
        assert!(admitted.next().is_none(), "one at a time");
        breaker.record(trial, Verdict::Success, None);
        assert!(lets_in(&breaker) && lets_in(&breaker), "it is closed");
    });
}
