//! Pools that grow and shrink by how full their workers' mailboxes are.

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::{Elastic, ElasticError, PoolError, Routing};

use super::{Board, Job};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn pool(system: &System, board: &Board, workers: usize) -> Result<Pool<Job>, PoolError> {
    let elastic = Elastic::between(2, 8).marks(0.1, 0.5).patience(3);
    system
        .pool("pool", workers, board.worker())
        .routing(Routing::least_loaded())
        .mailbox(|mailbox| mailbox.capacity(10))
        .elastic(elastic)
        .await
}

#[tokio::test(start_paused = true)]
async fn grows_under_load_and_shrinks_when_it_is_over() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = pool(&system, &board, 2).await.expect("it starts");
    assert!(pool.mailbox_fill() == 0.0);
    // Each takes a second: 5 a second are more than two or three can do.
    let (mut most, mut back) = (0, 0);
    for key in 0..200 {
        back += u32::from(pool.try_tell(Job::Work(key)).is_err());
        tokio::time::sleep(Duration::from_millis(200)).await;
        most = most.max(pool.size());
    }
    assert!((5..=8).contains(&most), "{most}");
    assert_eq!(back, 0, "it grew before a mailbox was full");
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(pool.size(), 2);
    assert_eq!(
        system.dead_letter_counts().total(),
        0,
        "those that went had time"
    );
}

#[tokio::test(start_paused = true)]
async fn resize_by_hand_is_where_it_goes_on_from() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = pool(&system, &board, 2).await.expect("it starts");
    pool.resize(5).await.expect("it can be resized");
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    assert_eq!(pool.size(), 4, "after three looks");
    pool.resize(20).await.expect("it can be resized");
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(pool.size(), 8, "its bounds hold at the next look");
}

#[tokio::test(start_paused = true)]
async fn pool_that_begins_outside_its_bounds_is_not_spawned() {
    let (system, board) = (System::new("pools"), Board::default());
    let error = pool(&system, &board, 9).await.expect_err("too many");
    let PoolError::Elastic(error) = error else {
        panic!("{error:?}");
    };
    let (workers, min, max) = (9, 2, 8);
    assert_eq!(error, ElasticError::Outside { workers, min, max });
    assert!(system.inspect().find("/user/pool").is_none());
}
