//! Resizing a pool, and stopping it.

use std::sync::mpsc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::Strategy;
use greenroom::{PoolError, Routing};

use super::{Board, Job, who};

#[tokio::test(start_paused = true)]
async fn resize_under_load_loses_nothing() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system.pool("pool", 4, board.worker());
    let pool = pool.mailbox(|m| m.capacity(4)).await.expect("it starts");
    let senders: Vec<_> = (0..8)
        .map(|key| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut back = 0;
                for number in 0..200 {
                    let mut job = Job::Note(key, number);
                    // Chosen just before its worker went, it comes back and is sent once more.
                    while let Err(error) = pool.tell(job).await {
                        assert!(matches!(error, SendError::Stopped(_)), "{error}");
                        job = error.into_message().expect("it was stopped");
                        back += 1;
                    }
                }
                back
            })
        })
        .collect();
    for workers in [1, 6, 2, 8, 3, 1, 5] {
        tokio::time::sleep(Duration::from_millis(17)).await;
        pool.resize(workers).await.expect("it can be resized");
        assert_eq!(pool.size(), workers);
        assert_eq!(pool.workers().len(), workers);
    }
    for sender in senders {
        sender
            .await
            .expect("no message is refused for another reason");
    }
    pool.stop();
    assert!(matches!(pool.terminated().await, StopReason::Stopped));
    for (key, mut numbers) in board.by_key() {
        numbers.sort_unstable();
        assert_eq!(numbers, Vec::from_iter(0..200), "of {key}");
    }
    assert_eq!(board.count(), 8 * 200);
    assert_eq!(system.dead_letter_counts().total(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_goes_handles_what_it_has_queued() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system
        .pool("pool", 2, board.worker())
        .await
        .expect("it starts");
    let leaves = pool.workers()[1].clone();
    for number in 0..10 {
        leaves.tell(Job::Note(0, number)).await.expect("room");
    }
    pool.resize(1).await.expect("it can be resized");
    assert_eq!(pool.size(), 1, "nobody is sent there any more");
    assert!(leaves.try_tell(Job::Note(0, 99)).is_err());
    leaves.terminated().await;
    assert_eq!(board.by_key()[&0], Vec::from_iter(0..10));
}

#[tokio::test(start_paused = true)]
async fn resize_moves_no_keys_but_those_of_workers_that_come_or_go() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system.pool("pool", 4, board.worker());
    let pool = pool
        .routing(Routing::by_key(Job::key))
        .await
        .expect("it starts");
    let mut before = Vec::new();
    for key in 0..100 {
        before.push(who(&pool, key).await);
    }
    pool.resize(5).await.expect("it can be resized");
    let mut moved = 0;
    for (key, old) in (0..100).zip(&before) {
        let new = who(&pool, key).await;
        assert!(
            new == *old || new == "worker-4",
            "{key} moved from {old} to {new}"
        );
        moved += usize::from(new != *old);
    }
    assert!(
        (1..50).contains(&moved),
        "the new one has its share: {moved}"
    );
    pool.resize(4).await.expect("it can be resized");
    for (key, old) in (0..100).zip(&before) {
        assert_eq!(who(&pool, key).await, *old);
    }
}

#[tokio::test(start_paused = true)]
async fn sizes_that_cannot_be_are_named_errors_and_change_nothing() {
    let (system, board) = (System::new("pools"), Board::default());
    let none = system.pool("none", 0, board.worker()).await;
    assert!(matches!(none, Err(PoolError::Empty)), "{none:?}");
    let pool = system
        .pool("pool", 2, board.worker())
        .await
        .expect("it starts");
    let taken = system.pool("pool", 2, board.worker()).await;
    assert!(
        matches!(taken, Err(PoolError::Spawn(SpawnError::NameTaken(_)))),
        "{taken:?}"
    );
    assert!(matches!(pool.resize(0).await, Err(PoolError::Empty)));
    assert_eq!(pool.size(), 2);
    pool.stop();
    pool.terminated().await;
    assert!(matches!(
        pool.resize(3).await,
        Err(PoolError::Unanswered(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_does_not_start_leaves_the_pool_as_it_was() {
    let (system, board) = (System::new("pools"), Board::default());
    let left = std::sync::atomic::AtomicUsize::new(3);
    let worker = board.worker();
    let factory = move || {
        use std::sync::atomic::Ordering::Relaxed;
        let more = left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        assert!(more.is_ok(), "no more of them");
        worker()
    };
    let pool = system.pool("pool", 2, factory).await.expect("it starts");
    let grown = pool.resize(5).await;
    assert!(
        matches!(grown, Err(PoolError::Spawn(SpawnError::Failed(_)))),
        "{grown:?}"
    );
    assert_eq!(pool.size(), 3, "those that started stay");
    assert!(who(&pool, 0).await.starts_with("worker-"));
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_is_stopped_handles_what_is_queued_and_refuses_what_is_later() {
    let (system, board) = (System::new("pools"), Board::default());
    let pool = system
        .pool("pool", 3, board.worker())
        .await
        .expect("it starts");
    for number in 0..30 {
        pool.tell(Job::Note(u64::from(number % 3), number))
            .await
            .expect("room");
    }
    pool.stop();
    assert!(matches!(pool.terminated().await, StopReason::Stopped));
    assert_eq!(board.count(), 30);
    assert!(matches!(
        pool.tell(Job::Note(0, 0)).await,
        Err(SendError::Stopped(_))
    ));
    assert!(matches!(
        pool.try_tell(Job::Note(0, 0)),
        Err(TrySendError::Stopped(_))
    ));
    let asked = pool.ask(|reply| Job::Who(0, reply)).await;
    assert!(matches!(asked, Err(AskError::Stopped)), "{asked:?}");
    let system_wide = system.dead_letter_counts();
    assert_eq!(system_wide.total(), 0, "each came back: {system_wide:?}");
}

#[derive(Clone)]
struct Note;

struct Quiet(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl Actor for Quiet {
    type Msg = Note;

    async fn handle(&mut self, _: Note, _ctx: &mut Context<Self>) -> ActorResult {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn broadcast_reaches_each_worker_once_and_tells_of_those_it_did_not_reach() {
    let (system, told) = (System::new("pools"), std::sync::Arc::default());
    let of_workers = std::sync::Arc::clone(&told);
    let pool = system.pool("pool", 5, move || Quiet(std::sync::Arc::clone(&of_workers)));
    let pool = pool.await.expect("it starts");
    let came_of = pool.broadcast(Note).await;
    assert_eq!((came_of.delivered, came_of.refused), (5, 0));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let gone = pool.workers()[2].clone();
    gone.kill();
    // Not yet heard of by the pool.
    let came_of = pool.broadcast(Note).await;
    assert_eq!((came_of.delivered, came_of.refused), (4, 1));
    pool.stop();
    pool.terminated().await;
    assert_eq!(told.load(std::sync::atomic::Ordering::Relaxed), 9);
}

/// Looks, when it is dropped, whether another thread can look into the pool.
struct Witness(Pool<Job>, mpsc::Sender<bool>);

impl Drop for Witness {
    fn drop(&mut self) {
        let (pool, (sender, looked)) = (self.0.clone(), mpsc::channel());
        std::thread::spawn(move || sender.send(pool.size()).is_ok());
        // Only where it fails is this waited for.
        let free = looked.recv_timeout(Duration::from_secs(5)).is_ok();
        let _ = self.1.send(free);
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_forgotten_is_dropped_unlocked() {
    let (system, board) = (System::new("pools"), Board::default());
    let verdicts = mpsc::channel();
    let slot = std::sync::Arc::new(parking_lot::Mutex::new(None::<Witness>));
    let of_mailbox = std::sync::Arc::clone(&slot);
    let pool = system.pool("pool", 1, board.worker());
    let pool = pool.mailbox(move |m| {
        let witness = of_mailbox.lock().take();
        m.priority(2, move |_: &Job| usize::from(witness.is_some()))
    });
    let pool = pool
        .supervision(Strategy::one_for_one())
        .await
        .expect("it starts");
    *slot.lock() = Some(Witness(pool.clone(), verdicts.0));
    pool.resize(2).await.expect("it can be resized");
    pool.workers()[1].stop();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(pool.size(), 1);
    assert_eq!(verdicts.1.try_recv(), Ok(true));
}
