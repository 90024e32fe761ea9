//! An actor that is ended while it waits to be started again.

use std::time::Duration;

use greenroom::DeadLetterReason;
use greenroom::prelude::*;
use greenroom::supervision::Strategy;
use greenroom_resilience::backoff::{Backoff, Jitter};
use tokio::time::Instant;

use crate::puppet::{Msg, Stage, settle};
use crate::scene::ask;

#[tokio::test(start_paused = true)]
async fn stop_or_kill_during_a_restart_accounts_for_all_that_is_queued() {
    for kill in [false, true] {
        let long = Duration::from_secs(60);
        let backoff = Backoff::exponential(long..=long).jitter(Jitter::None);
        let strategy = Strategy::one_for_one().backoff(backoff);
        let system = System::builder("waiting").supervision(strategy).build();
        let mut letters = system.dead_letters(10);
        let stage = Stage::new();
        let actor = system.spawn("actor", stage.puppet()).await.unwrap();
        for message in [Msg::Fail, Msg::Note(1), Msg::Note(2)] {
            actor.try_tell(message).unwrap();
        }
        let asked = ask(&actor, |reply| Msg::Get(3, reply));
        settle().await;
        assert!(!asked.is_finished(), "it waits for the next instance");
        let began = Instant::now();
        if kill {
            actor.kill()
        } else {
            actor.stop()
        }
        let later = actor.try_tell(Msg::Note(4));
        assert!(matches!(later, Err(TrySendError::Stopped(Msg::Note(4)))));
        let (result, at) = asked.await.unwrap();
        assert!(matches!(result, Err(AskError::Stopped)), "{result:?}");
        assert!(at - began < Duration::from_millis(5), "at once");
        let reason = actor.terminated().await;
        assert_eq!(matches!(reason, StopReason::Killed), kill, "{reason}");
        let letter = letters.try_recv().unwrap();
        assert!(matches!(letter.reason, DeadLetterReason::Failed(_)));
        for number in 1..4 {
            let letter = letters.try_recv().unwrap();
            assert!(matches!(letter.reason, DeadLetterReason::Stopped));
            assert_eq!(letter.take_message::<Msg>().unwrap().number(), number);
        }
        assert!(letters.try_recv().is_none());
        assert!(stage.record().is_empty());
    }
}
