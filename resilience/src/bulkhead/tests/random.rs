//! Random steps of many callers, beside the model.

use std::time::Duration;

use proptest::prelude::*;

use super::super::Bulkhead;
use super::crowd::{Crowd, Step};

const CALLERS: usize = 24;

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..CALLERS, 0_u8..=3).prop_map(|(caller, priority)| Step::Enter(caller, priority)),
        3 => (0..CALLERS).prop_map(Step::Leave),
        4 => (0..CALLERS).prop_map(Step::Poll),
        2 => (0..CALLERS).prop_map(Step::Abandon),
        1 => (1..8_usize).prop_map(Step::Resize),
        2 => (0..6_u64).prop_map(Step::Tick),
    ]
}

proptest! {
    #[test]
    fn random_steps_agree_with_the_model(
        (places, queue, wait) in (1..6_usize, 0..10_usize, 1..20_u64),
        newest_first in any::<bool>(),
        steps in prop::collection::vec(any_step(), 0..300),
    ) {
        let mut settings = Bulkhead::concurrent(places);
        if queue > 0 {
            settings = settings.queue(queue).max_wait(Duration::from_millis(wait));
        }
        if newest_first {
            settings = settings.lifo();
        }
        let mut crowd = Crowd::new(&settings, CALLERS);
        for step in steps {
            crowd.step(step);
        }
        // As many as may have been granted places at one time, and wait at one time.
        prop_assert!(crowd.machine.waiters.slots() <= queue + 8);
        crowd.disperse();
    }
}
