//! Tasks that an actor owns.

use std::sync::Arc;

use greenroom::prelude::*;

use crate::stage::*;

async fn one() -> (System, Stage) {
    let (system, stage) = (System::new("tasks"), Stage::default());
    stage.enter(&system, &part("a")).await;
    stage.take();
    (system, stage)
}

/// Sends `NAME N` after the time, `NAME 99` when it panicked.
fn pipe(time: std::time::Duration, number: u32) -> Act {
    play(move |ctx| {
        let future = async move {
            tokio::time::sleep(time).await;
            assert!(number != 13, "bad luck");
            number
        };
        ctx.pipe_to_self(future, |result| Act::Note(result.unwrap_or(99)))
            .expect("room");
        Box::pin(async { Ok(()) })
    })
}

#[tokio::test(start_paused = true)]
async fn results_come_as_messages_and_panics_as_failures() {
    let (_system, stage) = one().await;
    stage.tell("a", pipe(secs(2), 2));
    stage.tell("a", pipe(secs(3), 13));
    stage.tell("a", pipe(secs(1), 1));
    pass(secs(4)).await;
    assert_eq!(stage.take(), ["a 1", "a 2", "a 99"]);
    assert_eq!(stage.instance("a").await, 1);
}

#[tokio::test(start_paused = true)]
async fn tasks_are_aborted_with_their_instance() {
    for end in [Act::Fail, Act::Panic, Act::Finish] {
        let (_system, stage) = one().await;
        let alive = Arc::new(());
        let held = Arc::clone(&alive);
        let log = stage.clone();
        stage.tell(
            "a",
            play(move |ctx| {
                let task = async move {
                    let _held = held;
                    tokio::time::sleep(secs(1)).await;
                    log.log("it went on");
                };
                ctx.spawn_task(task).expect("room");
                Box::pin(async { Ok(()) })
            }),
        );
        stage.tell("a", pipe(secs(1), 1));
        pass(ms(1)).await;
        assert_eq!(Arc::strong_count(&alive), 2);
        stage.tell("a", end);
        pass(secs(5)).await;
        assert_eq!(Arc::strong_count(&alive), 1);
        assert_eq!(stage.take_of(&["it went on", "a 1"]), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_result_queued_for_an_earlier_instance_is_dropped_and_counted() {
    let (system, stage) = one().await;
    stage.tell("a", pipe(secs(1), 1));
    stage.tell("a", Act::Note(2));
    stage.tell(
        "a",
        play(|_| {
            Box::pin(async {
                tokio::time::sleep(secs(2)).await;
                Err(Failure::message("told to"))
            })
        }),
    );
    pass(secs(5)).await;
    assert_eq!(stage.instance("a").await, 2);
    assert_eq!(stage.take_of(&["a 1", "a 2"]), ["a 2"]);
    let counts = system.dead_letter_counts();
    assert_eq!((counts.stale, counts.failed, counts.total()), (1, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn results_and_items_that_wait_for_room_are_counted_at_a_restart() {
    let (system, stage) = (System::new("tasks"), Stage::default());
    let a = system
        .spawn("a", stage.factory(&part("a")))
        .mailbox(|m| m.capacity(1));
    let a = a.await.expect("it starts");
    let act = play(|ctx| {
        ctx.pipe_to_self(tokio::time::sleep(ms(9)), |_| Act::Note(1))
            .expect("room");
        // The place is free while the item is pulled, and taken when it is there.
        let late = futures::stream::once(tokio::time::sleep(ms(9)));
        ctx.attach(Box::pin(late), |_| Act::Note(2)).expect("room");
        Box::pin(async {
            tokio::time::sleep(secs(1)).await;
            Err(Failure::message("told to"))
        })
    });
    a.try_tell(act).expect("room");
    pass(ms(1)).await;
    a.try_tell(Act::Note(3)).expect("room");
    pass(secs(2)).await;
    assert_eq!(stage.take_of(&["a 1", "a 2", "a 3"]), ["a 3"]);
    let counts = system.dead_letter_counts();
    assert_eq!((counts.stale, counts.failed, counts.total()), (2, 1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_resumed_instance_keeps_its_tasks_and_results() {
    let system = System::builder("tasks")
        .supervision(one_for_one().on_failure(|_| greenroom::supervision::OnFailure::Resume))
        .build();
    let stage = Stage::default();
    stage.enter(&system, &part("a")).await;
    stage.tell("a", pipe(secs(1), 1));
    stage.tell("a", Act::Fail);
    pass(secs(2)).await;
    assert_eq!(stage.count("a 1"), 1);
    assert_eq!(system.dead_letter_counts().stale, 0);
}

#[tokio::test(start_paused = true)]
async fn a_result_waits_for_room() {
    let (system, stage) = (System::new("tasks"), Stage::default());
    let a = system
        .spawn("a", stage.factory(&part("a")))
        .mailbox(|m| m.capacity(1));
    let a = a.await.expect("it starts");
    for number in 1..=5 {
        a.tell(pipe(secs(1), number)).await.expect("room");
        tokio::task::yield_now().await;
    }
    a.tell(Act::Work(secs(10))).await.expect("room");
    pass(ms(1)).await;
    a.try_tell(Act::Note(6)).expect("room");
    pass(secs(9)).await;
    assert_eq!(stage.take_of(&["a 1"]), [""; 0]);
    pass(secs(2)).await;
    let expected = ["a 6", "a 1", "a 2", "a 3", "a 4", "a 5"];
    let notes: Vec<_> = stage
        .take()
        .into_iter()
        .filter(|line| line.len() == 3)
        .collect();
    assert_eq!(notes, expected);
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_no_one_takes_any_more_is_a_dead_letter() {
    let (system, stage) = one().await;
    stage.tell("a", pipe(secs(1), 1));
    stage.tell("a", Act::Work(secs(3)));
    pass(ms(1)).await;
    let a = stage.of("a");
    a.stop();
    a.terminated().await;
    assert_eq!(stage.take_of(&["a 1", "worked"]), ["a worked"]);
    let counts = system.dead_letter_counts();
    assert_eq!((counts.stopped, counts.total()), (1, 1), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_result_refused_by_a_full_mailbox_is_a_dead_letter() {
    let (system, stage) = (System::new("tasks"), Stage::default());
    let a = system
        .spawn("a", stage.factory(&part("a")))
        .mailbox(|m| m.capacity(1).overflow(Overflow::Reject));
    let a = a.await.expect("it starts");
    a.tell(pipe(secs(1), 1)).await.expect("room");
    pass(ms(1)).await;
    a.tell(Act::Work(secs(3))).await.expect("room");
    pass(ms(1)).await;
    a.tell(Act::Note(2)).await.expect("room");
    pass(secs(5)).await;
    assert_eq!(stage.take_of(&["a 1", "a 2"]), ["a 2"]);
    assert_eq!(system.dead_letter_counts().total(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_task_stays_there() {
    let (_system, stage) = one().await;
    stage.tell(
        "a",
        play(|ctx| {
            ctx.spawn_task(async { panic!("alone") }).expect("room");
            ctx.pipe_to_self(async {}, |_| panic!("in the map"))
                .expect("room");
            Box::pin(async { Ok(()) })
        }),
    );
    pass(secs(1)).await;
    assert_eq!(stage.instance("a").await, 1);
}

#[tokio::test(start_paused = true)]
async fn one_task_can_be_aborted_alone() {
    let (_system, stage) = one().await;
    stage.tell(
        "a",
        play(|ctx| {
            let late = async { tokio::time::sleep(secs(1)).await };
            let task = ctx.pipe_to_self(late, |_| Act::Note(1)).expect("room");
            task.abort();
            Box::pin(async { Ok(()) })
        }),
    );
    stage.tell("a", pipe(secs(1), 2));
    pass(secs(2)).await;
    assert_eq!(stage.take(), ["a 2"]);
}

#[tokio::test(start_paused = true)]
async fn too_many_tasks_are_a_named_error_until_some_have_ended() {
    let (_system, stage) = one().await;
    stage.tell(
        "a",
        play(|ctx| {
            Box::pin(async move {
                for _ in 0..10_000 {
                    ctx.spawn_task(async { tokio::time::sleep(secs(1)).await })?;
                }
                assert!(ctx.spawn_task(async {}).is_err());
                tokio::time::sleep(secs(2)).await;
                ctx.spawn_task(async {})?;
                Ok(())
            })
        }),
    );
    pass(secs(3)).await;
    assert_eq!(stage.instance("a").await, 1);
}
