//! The calls that `#[actor]` writes, on a guarded reference and a guarded pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use greenroom::prelude::*;
use greenroom_resilience::Outcome;

use crate::shop::{build, ms, pipeline, reason, retry, retrying};

struct Stock(Arc<AtomicU32>);

#[actor]
impl Stock {
    #[message]
    async fn add(&mut self, by: u32) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }

    /// Works at the third attempt.
    #[message(idempotent)]
    async fn find(&mut self, _name: String) -> Result<u32, Failure> {
        let calls = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        if calls < 3 {
            std::future::pending::<()>().await;
        }
        Ok(calls)
    }

    #[message]
    async fn take(&mut self, _name: String) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

async fn stock(system: &System) -> (ActorRef<StockMsg>, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let inside = Arc::clone(&count);
    let stock = system.spawn("stock", move || Stock(Arc::clone(&inside)));
    (stock.await.unwrap(), count)
}

#[tokio::test(start_paused = true)]
async fn calls_of_the_macro_work_as_on_a_reference() {
    let system = System::new("calls");
    let (stock, count) = stock(&system).await;
    stock.guarded(&retrying()).add(7).await.unwrap();
    let found = stock.guarded(&retrying()).find("a".into()).await.unwrap();
    assert_eq!(found.unwrap(), 8);
    assert_eq!(count.load(Ordering::SeqCst), 8);
}

#[tokio::test(start_paused = true)]
async fn only_idempotent_messages_are_repeated_after_a_time_out() {
    let system = System::new("calls");
    // One worker for each attempt: those that time out never come to their end.
    let count = Arc::new(AtomicU32::new(0));
    let inside = Arc::clone(&count);
    let pool = system.pool("stock", 4, move || Stock(Arc::clone(&inside)));
    let pool = pool.await.unwrap();
    let attempts = pipeline()
        .retry(retry())
        .attempt_timeout(ms(50))
        .idempotent();
    let guarded = pool.guarded(&build(attempts));
    let error = guarded.take("a".into()).await.unwrap_err();
    assert_eq!(reason(&error).policy(), "attempt_timeout");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(
        error.rejected().unwrap().attempts,
        1,
        "its arguments are spent"
    );
    let found = guarded.find("a".into()).await.unwrap();
    assert_eq!(found.unwrap(), 3);
}

/// Guarded references can be kept, sent and called from anywhere.
#[tokio::test(start_paused = true)]
async fn calls_can_be_spawned_with_their_reference() {
    let system = System::new("calls");
    let (stock, count) = stock(&system).await;
    let guarded = stock.guarded(&retrying());
    let other = guarded.clone();
    let told = tokio::spawn(async move { other.add(2).await });
    let all = futures::future::join_all([guarded.add(1), guarded.add(1)]).await;
    assert!(told.await.unwrap().is_ok() && all.iter().all(Result::is_ok));
    assert_eq!(guarded.find("a".into()).await.unwrap().unwrap(), 5);
    assert_eq!(count.load(Ordering::SeqCst), 5);
}
