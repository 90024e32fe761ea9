//! Keyed timers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{Key, TimerError};
use tokio::time::Instant;

use crate::stage::*;

/// Runs `script` in the handler of the player `a`.
async fn with_a(stage: &Stage, script: impl FnOnce(&mut Context<Player>) + Send + 'static) {
    stage.tell(
        "a",
        play(move |ctx| {
            script(ctx);
            Box::pin(async { Ok(()) })
        }),
    );
    tokio::task::yield_now().await;
}

async fn one() -> (System, Stage) {
    let (system, stage) = (System::new("timers"), Stage::default());
    stage.enter(&system, &part("a")).await;
    stage.take();
    (system, stage)
}

#[tokio::test(start_paused = true)]
async fn a_timer_ticks_once_in_time() {
    let (_system, stage) = one().await;
    with_a(&stage, |ctx| {
        ctx.set_timer("t", secs(2), Act::Note(1))
            .expect("it is set");
        assert!(ctx.has_timer("t"));
    })
    .await;
    pass(ms(1_990)).await;
    assert_eq!(stage.count("a 1"), 0);
    pass(ms(20)).await;
    assert_eq!(stage.count("a 1"), 1);
    pass(secs(60)).await;
    assert_eq!(stage.count("a 1"), 1);
    with_a(&stage, |ctx| {
        assert!(!ctx.has_timer("t"));
        assert!(!ctx.cancel_timer("t"), "it has ticked");
    })
    .await;
    assert_eq!(stage.instance("a").await, 1);
}

#[tokio::test(start_paused = true)]
async fn setting_a_timer_replaces_the_one_of_its_key_alone() {
    let (_system, stage) = one().await;
    with_a(&stage, |ctx| {
        ctx.set_timer("t", secs(1), Act::Note(1))
            .expect("it is set");
        ctx.set_timer("u", secs(1), Act::Note(2))
            .expect("it is set");
        ctx.set_timer("t", secs(3), Act::Note(3))
            .expect("it is set");
        ctx.set_interval("u", secs(2), || Act::Note(4))
            .expect("it is set");
        ctx.set_timer(7u64, secs(1), Act::Note(5))
            .expect("it is set");
        ctx.set_timer(Key::from("7"), secs(1), Act::Note(6))
            .expect("it is set");
    })
    .await;
    pass(ms(4_500)).await;
    assert_eq!(stage.take(), ["a 5", "a 6", "a 4", "a 3", "a 4"]);
}

#[tokio::test(start_paused = true)]
async fn a_tick_due_at_the_same_instant_is_not_delivered_after_its_cancel() {
    let (_system, stage) = one().await;
    with_a(&stage, |ctx| {
        let cancel = play(|ctx| {
            assert!(
                ctx.cancel_timer("second"),
                "it is due, and not delivered yet"
            );
            ctx.set_timer("third", secs(5), Act::Note(3))
                .expect("it is set");
            Box::pin(async { Ok(()) })
        });
        ctx.set_timer("first", secs(1), cancel).expect("it is set");
        ctx.set_timer("second", secs(1), Act::Note(2))
            .expect("it is set");
        ctx.set_timer("third", secs(1), Act::Note(3))
            .expect("it is set");
        ctx.set_timer("fourth", secs(1), Act::Note(4))
            .expect("it is set");
    })
    .await;
    pass(secs(2)).await;
    assert_eq!(stage.take(), ["a 4"]);
    pass(secs(5)).await;
    assert_eq!(stage.take(), ["a 3"], "set again, it is another timer");
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_came_due_during_a_handler_is_not_delivered_after_its_cancel() {
    let (_system, stage) = one().await;
    stage.tell(
        "a",
        play(|ctx| {
            Box::pin(async move {
                ctx.set_timer("t", secs(1), Act::Note(1))?;
                ctx.set_interval("u", secs(1), || Act::Note(2))?;
                tokio::time::sleep(secs(3)).await;
                ctx.cancel_timer("t");
                ctx.cancel_timer("u");
                Ok(())
            })
        }),
    );
    stage.tell("a", Act::Note(3));
    pass(secs(10)).await;
    assert_eq!(stage.take(), ["a 3"]);
}

#[tokio::test(start_paused = true)]
async fn an_interval_keeps_its_pace_and_makes_one_tick_of_those_it_missed() {
    let (_system, stage) = one().await;
    let (log, began) = (stage.clone(), Instant::now());
    with_a(&stage, move |ctx| {
        let make = move || {
            log.log(format!("at {}", began.elapsed().as_millis()));
            Act::Note(1)
        };
        ctx.set_interval("t", secs(1), make).expect("it is set");
    })
    .await;
    pass(ms(2_500)).await;
    stage.tell("a", Act::Work(ms(3_250)));
    pass(secs(5)).await;
    let mut lines = stage.take();
    lines.retain(|line| line.starts_with("at"));
    assert_eq!(
        lines,
        ["at 1000", "at 2000", "at 5750", "at 6000", "at 7000"]
    );
}

#[tokio::test(start_paused = true)]
async fn ticks_come_before_what_is_queued_and_take_no_place() {
    let system = System::new("timers");
    let stage = Stage::default();
    let a = system
        .spawn("a", stage.factory(&part("a")))
        .mailbox(|m| m.capacity(2));
    let a = a.await.expect("it starts");
    let busy = play(|ctx| {
        Box::pin(async move {
            ctx.set_timer("t", secs(1), Act::Note(1))?;
            tokio::time::sleep(secs(2)).await;
            Ok(())
        })
    });
    a.tell(busy).await.expect("room");
    pass(ms(1)).await;
    a.try_tell(Act::Note(2)).expect("room");
    a.try_tell(Act::Note(3)).expect("room");
    pass(secs(3)).await;
    assert_eq!(stage.take_of(&["a 1", "a 2", "a 3"]), ["a 1", "a 2", "a 3"]);
}

#[tokio::test(start_paused = true)]
async fn the_shortest_period_ticks_once_for_all_that_a_long_handler_missed() {
    let (_system, stage) = one().await;
    let busy = play(|ctx| {
        Box::pin(async move {
            let nanosecond = Duration::from_nanos(1);
            ctx.set_interval("t", nanosecond, || Act::Note(1))?;
            tokio::time::sleep(secs(5)).await;
            Ok(())
        })
    });
    stage.tell("a", busy);
    stage.tell("a", Act::Note(2));
    pass(ms(5_001)).await;
    assert_eq!(stage.take_of(&["a 1", "a 2"])[..2], ["a 1", "a 2"]);
    pass(ms(10)).await;
    assert_eq!(stage.instance("a").await, 1);
    let ticks = stage.count("a 1");
    assert!((5..=12).contains(&ticks), "{ticks}, one a millisecond");
}

#[tokio::test(start_paused = true)]
async fn a_timer_without_delay_starves_nobody() {
    let (_system, stage) = one().await;
    /// Ticks on and on, though not for ever when each tick follows at once.
    fn again(ticks: &Arc<AtomicU32>) -> Act {
        let ticks = Arc::clone(ticks);
        play(move |ctx| {
            if ticks.fetch_add(1, Ordering::Relaxed) < 5_000 {
                ctx.set_timer("t", Duration::ZERO, again(&ticks))
                    .expect("it is set");
            }
            Box::pin(async { Ok(()) })
        })
    }
    let ticks = Arc::new(AtomicU32::new(0));
    let first = again(&ticks);
    with_a(&stage, |ctx| {
        ctx.set_timer("t", Duration::ZERO, first)
            .expect("it is set")
    })
    .await;
    pass(secs(1)).await;
    assert_eq!(stage.instance("a").await, 1);
    let ticks = ticks.load(Ordering::Relaxed);
    assert!(
        (100..=1_001).contains(&ticks),
        "{ticks} ticks in a second, one a millisecond at most"
    );
}

#[tokio::test(start_paused = true)]
async fn timers_end_with_their_instance() {
    for end in [Act::Fail, Act::Panic, Act::Finish] {
        let (_system, stage) = one().await;
        with_a(&stage, |ctx| {
            ctx.set_timer("t", secs(1), Act::Note(1))
                .expect("it is set");
            ctx.set_interval("u", secs(1), || Act::Note(2))
                .expect("it is set");
        })
        .await;
        stage.tell("a", end);
        pass(secs(5)).await;
        assert_eq!(stage.take_of(&["a 1", "a 2"]), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_was_due_vanishes_with_its_instance() {
    let (system, stage) = one().await;
    stage.tell(
        "a",
        play(|ctx| {
            Box::pin(async move {
                ctx.set_timer("t", secs(1), Act::Note(1))?;
                tokio::time::sleep(secs(2)).await;
                Err(Failure::message("told to"))
            })
        }),
    );
    pass(secs(5)).await;
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.count("a 1"), 0);
    assert_eq!(
        system.dead_letter_counts().total(),
        1,
        "a tick is no message"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stopping_actor_still_ticks_until_it_has_drained() {
    let (_system, stage) = one().await;
    with_a(&stage, |ctx| {
        ctx.set_timer("t", ms(10), Act::Note(1)).expect("it is set")
    })
    .await;
    stage.tell("a", Act::Work(ms(50)));
    stage.tell("a", Act::Note(2));
    let a = stage.of("a");
    a.stop();
    a.terminated().await;
    assert_eq!(stage.take_of(&["a 1", "a 2"]), ["a 1", "a 2"]);
}

#[tokio::test(start_paused = true)]
async fn limits_are_named_errors() {
    let (_system, stage) = one().await;
    with_a(&stage, |ctx| {
        let zero = ctx.set_interval("t", Duration::ZERO, || Act::Note(1));
        assert_eq!(zero, Err(TimerError::ZeroPeriod));
        for key in 0..1_024u64 {
            ctx.set_timer(key, Duration::MAX, Act::Note(1))
                .expect("it is set");
        }
        let many = ctx.set_timer("t", secs(1), Act::Note(1));
        assert_eq!(many, Err(TimerError::TooMany));
        ctx.set_timer(0u64, secs(1), Act::Note(7))
            .expect("it replaces one");
        assert!(ctx.cancel_timer(1u64));
        ctx.set_timer("t", secs(2), Act::Note(8))
            .expect("there is room again");
    })
    .await;
    pass(secs(10)).await;
    assert_eq!(stage.take_of(&["a 7", "a 8"]), ["a 7", "a 8"]);
    assert_eq!(stage.instance("a").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_a_tick_is_made_is_a_failure() {
    let (_system, stage) = one().await;
    with_a(&stage, |ctx| {
        ctx.set_interval("t", secs(1), || panic!("no tick"))
            .expect("it is set");
    })
    .await;
    pass(secs(5)).await;
    assert_eq!(stage.instance("a").await, 2);
}
