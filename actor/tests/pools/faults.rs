//! Workers that fail, that end for good, and a pool that has to be started again.

use std::time::Duration;

use greenroom::Routing;
use greenroom::prelude::*;
use greenroom::supervision::{ChildKind, OnFailure, Strategy};

use super::{Board, Job, who};

#[tokio::test(start_paused = true)]
async fn a_worker_that_fails_is_restarted_and_keeps_its_keys_in_order() {
    for panics in [false, true] {
        let (system, board) = (System::new("pools"), Board::default());
        let pool = system.pool("pool", 4, board.worker());
        let pool = pool
            .routing(Routing::by_key(Job::key))
            .await
            .expect("it starts");
        for number in 0..50 {
            for key in 0..8 {
                if number == 20 && key == 3 {
                    let job = if panics {
                        Job::Panic(key)
                    } else {
                        Job::Fail(key)
                    };
                    pool.tell(job).await.expect("room");
                }
                pool.tell(Job::Note(key, number)).await.expect("room");
            }
        }
        for key in 0..8 {
            who(&pool, key).await;
        }
        for (key, numbers) in board.by_key() {
            assert_eq!(numbers, Vec::from_iter(0..50), "of {key}");
            assert_eq!(board.workers_of(key).len(), 1, "one worker a key");
        }
        let counts = system.dead_letter_counts();
        assert_eq!(
            (counts.failed, counts.total()),
            (1, 1),
            "only what it failed over"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn asks_queued_at_a_worker_that_fails_are_answered_by_its_next_instance() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system
        .pool("pool", 1, board.worker())
        .await
        .expect("it starts");
    pool.tell(Job::Work(0)).await.expect("room");
    pool.tell(Job::Fail(0)).await.expect("room");
    assert_eq!(who(&pool, 0).await, "worker-0");
    assert_eq!(pool.size(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_stopped_for_good_is_sent_nothing_more() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system.pool("pool", 3, board.worker());
    let pool = pool
        .routing(Routing::by_key(Job::key))
        .await
        .expect("it starts");
    let before = who(&pool, 7).await;
    let workers = pool.workers();
    let of_key = workers.iter().find(|worker| worker.path().name() == before);
    let of_key = of_key.expect("it is one of them");
    of_key.stop();
    of_key.terminated().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(pool.size(), 2, "no kind of child is restarted after a stop");
    assert_ne!(who(&pool, 7).await, before, "its keys have moved");
    pool.resize(3).await.expect("it can be resized");
    assert_eq!(pool.size(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_worker_that_ends_itself_is_restarted_and_a_temporary_one_is_not() {
    for (kind, left) in [(ChildKind::Permanent, 2), (ChildKind::Temporary, 1)] {
        let (system, board) = (System::new("pools"), Board::default());
        let pool = system.pool("pool", 2, board.worker()).kind(kind).await;
        let pool = pool.expect("it starts");
        pool.tell(Job::Finish(0)).await.expect("room");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(pool.size(), left, "{kind:?}");
        for _ in 0..4 {
            who(&pool, 0).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_of_nobody_refuses_and_gives_back() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system.pool("pool", 1, board.worker());
    let strategy = Strategy::one_for_one().on_failure(|_| OnFailure::Stop);
    let pool = pool.supervision(strategy).await.expect("it starts");
    pool.tell(Job::Fail(0)).await.expect("room");
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(pool.size(), 0);
    let told = pool.tell(Job::Note(1, 2)).await;
    assert!(
        matches!(told, Err(SendError::Stopped(Job::Note(1, 2)))),
        "{told:?}"
    );
    let asked = pool.ask(|reply| Job::Who(0, reply)).await;
    assert!(matches!(asked, Err(AskError::Stopped)), "{asked:?}");
    pool.resize(1).await.expect("it can be resized");
    assert_eq!(who(&pool, 0).await, "worker-1");
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_is_started_again_has_as_many_workers_as_it_was_told_last() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system.pool("pool", 2, board.worker());
    let strategy = Strategy::one_for_one().on_failure(|_| OnFailure::Escalate);
    let pool = pool.supervision(strategy).await.expect("it starts");
    for workers in [5, 3] {
        pool.resize(workers).await.expect("it can be resized");
        pool.tell(Job::Fail(0)).await.expect("room");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(pool.size(), workers);
        assert!(who(&pool, 0).await.starts_with("worker-"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_closure_panics_is_the_senders_own_panic() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system.pool("pool", 2, board.worker());
    let key = |job: &Job| {
        assert!(job.key() != 13, "bad luck");
        job.key()
    };
    let pool = pool.routing(Routing::by_key(key)).await.expect("it starts");
    let sender = pool.clone();
    let told = tokio::spawn(async move { sender.tell(Job::Note(13, 1)).await.is_ok() });
    assert!(told.await.expect_err("it panicked").is_panic());
    assert!(
        who(&pool, 1).await.starts_with("worker-"),
        "the pool goes on"
    );
    assert_eq!(board.count(), 0);
}
