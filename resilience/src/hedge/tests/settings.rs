//! Settings that make no sense, and defaults.

use super::*;
use crate::hedge::{Hedge, HedgeError};
use crate::retry::Budget;

#[test]
fn what_makes_no_sense_is_refused() {
    let quantile = |share| Hedge::quantile(share).check();
    for share in [0.0, -0.5, 0.991, 1.0, f64::INFINITY] {
        assert_eq!(quantile(share), Err(HedgeError::InvalidQuantile { share }));
    }
    assert!(quantile(f64::NAN).is_err());
    assert_eq!((quantile(0.99), quantile(0.01)), (Ok(()), Ok(())));
    let hedge = || Hedge::after(ms(5));
    for attempts in [0, 1, 6, u32::MAX] {
        let error = Err(HedgeError::InvalidAttempts { attempts });
        assert_eq!(hedge().attempts(attempts).check(), error);
    }
    assert_eq!(hedge().attempts(5).check(), Ok(()));
    let at_once = Hedge::quantile(0.5).min(ms(0));
    assert_eq!(at_once.check(), Err(HedgeError::NoDelay));
    assert_eq!(Hedge::after(ms(0)).check(), Err(HedgeError::NoDelay));
    let share = 1.1;
    let budget = hedge().budget(Budget::share(share));
    assert_eq!(budget.check(), Err(HedgeError::InvalidShare { share }));
    let none = Budget::share(0.0).at_least_per_second(0);
    assert_eq!(hedge().budget(none).check(), Err(HedgeError::EmptyBudget));
}

#[test]
fn defaults_are_those_of_the_docs() {
    let spelled_out = Hedge::quantile(0.9).attempts(2).min(ms(1));
    assert_eq!(Hedge::quantile(0.9), spelled_out);
    assert_eq!(Hedge::after(ms(7)).min(ms(9)), Hedge::after(ms(7)));
}
