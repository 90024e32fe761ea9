//! The test kit's own promises: faults happen where they are planned, and nothing is uncounted.
#![cfg(feature = "testkit")]

use std::time::Duration;

use greenroom::DeadLetterReason;
use greenroom::prelude::*;
use greenroom::testkit::{self, Faults, LetterBox, Probe};

#[test]
fn the_nth_message_fails_comes_late_or_is_lost_and_the_others_do_not() {
    testkit::run(1, async |system| {
        let probe = Probe::<u32>::start(&system, "probe").await;
        let (faulty, faults) = Faults::on(&probe.actor_ref());
        faults.fail(2);
        faults.drop(3);
        faults.delay(4, Duration::from_secs(1));
        let mut letters = LetterBox::open(&system);
        for number in 1..=5 {
            faulty.tell(number).await.expect("room");
        }
        for number in [1, 5, 4] {
            assert_eq!(probe.expect().await, number);
        }
        probe.expect_nothing(Duration::from_secs(60)).await;
        let reasons = [letters.expect().await.reason, letters.expect().await.reason];
        assert!(
            matches!(
                reasons,
                [DeadLetterReason::Lost, DeadLetterReason::Failed(_)]
            ),
            "{reasons:?}"
        );
        letters.expect_none(Duration::from_secs(60)).await;
    });
}

#[test]
fn a_message_delayed_beyond_the_end_of_its_actor_is_a_dead_letter_and_its_ask_is_told() {
    testkit::run(1, async |system| {
        let probe = Probe::<Reply<u32>>::start(&system, "probe").await;
        let (faulty, faults) = Faults::on(&probe.actor_ref());
        faults.delay(1, Duration::from_secs(1));
        let mut letters = LetterBox::open(&system);
        let end = async {
            tokio::task::yield_now().await;
            probe.actor_ref().stop();
        };
        let (asked, ()) = tokio::join!(faulty.ask(|reply| reply), end);
        assert!(matches!(asked, Err(AskError::Stopped)), "{asked:?}");
        let letter = letters.expect().await;
        assert!(
            matches!(letter.reason, DeadLetterReason::Stopped),
            "{letter:?}"
        );
        assert!(letter.take_message::<Reply<u32>>().is_some());
    });
}
