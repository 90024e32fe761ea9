//! What is kept, how long, and how much of it.

use std::sync::{Arc, Weak};

use futures::poll;
use parking_lot::Mutex;
use tokio::time::timeout;

use super::*;

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_for_its_time_and_no_longer() {
    let cache = cache(short());
    assert_eq!(ask(&cache, Ok(1)).await, Ok(1));
    advance(ms(99)).await;
    assert_eq!(ask(&cache, Ok(2)).await, Ok(1), "a hit makes it no younger");
    advance(ms(1)).await;
    assert_eq!(cache.get("a"), None);
    assert_eq!(ask(&cache, Ok(3)).await, Ok(3));
    assert_eq!(cache.get("a"), Some(Ok(3)));
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.stale), (1, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn the_time_counts_from_the_end_of_the_call() {
    let cache = cache(short());
    let slow = cache.get_or_call("a", || async {
        sleep(ms(500)).await;
        Ok(1)
    });
    assert_eq!(slow.await, Ok(1));
    advance(ms(99)).await;
    assert_eq!(cache.get("a"), Some(Ok(1)));
}

#[tokio::test(start_paused = true)]
async fn those_that_miss_together_share_one_call() {
    let (cache, made) = (cache(short()), Cell::new(0));
    let call = || {
        cache.get_or_call("a", || async {
            made.set(made.get() + 1);
            sleep(ms(10)).await;
            Ok(made.get())
        })
    };
    let answers = tokio::join!(call(), call(), call());
    assert_eq!((answers, made.get()), ((Ok(1), Ok(1), Ok(1)), 1));
    assert_eq!(cache.stats().misses, 3);
}

#[tokio::test(start_paused = true)]
async fn the_next_in_line_calls_when_the_first_is_dropped() {
    let cache = cache(short());
    let hangs = || std::future::pending::<Answer>();
    let mut first = Box::pin(cache.get_or_call("a", hangs));
    let mut second = Box::pin(ask(&cache, Ok(2)));
    assert!(poll!(&mut first).is_pending());
    assert!(poll!(&mut second).is_pending());
    drop(first);
    assert_eq!(second.await, Ok(2));
    assert_eq!(cache.get("a"), Some(Ok(2)));
}

#[tokio::test(start_paused = true)]
async fn errors_are_not_kept_unless_they_are_answers() {
    let cache = cache(short()).keep_errors(ms(50), |error| *error == "not found");
    assert_eq!(ask(&cache, Err("down")).await, Err("down"));
    assert_eq!(cache.get("a"), None);
    assert_eq!(ask(&cache, Err("not found")).await, Err("not found"));
    advance(ms(49)).await;
    assert_eq!(ask(&cache, Ok(1)).await, Err("not found"));
    advance(ms(1)).await;
    assert_eq!(ask(&cache, Ok(1)).await, Ok(1));
    advance(ms(99)).await;
    assert_eq!(ask(&cache, Ok(2)).await, Ok(1), "it has the longer time");
}

#[tokio::test(start_paused = true)]
async fn an_error_is_that_of_one_caller_where_it_is_not_shared() {
    let cache = cache(short()).share(Result::is_ok);
    let call = |answer: Answer| {
        cache.get_or_call("a", move || async move {
            sleep(ms(10)).await;
            answer
        })
    };
    let answers = tokio::join!(call(Err("down")), call(Ok(2)), call(Ok(3)));
    assert_eq!(answers, (Err("down"), Ok(2), Ok(2)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_question_from_before_the_invalidation_is_not_kept() {
    let cache = cache(short());
    assert_eq!(ask(&cache, Ok(1)).await, Ok(1));
    cache.invalidate("a");
    assert_eq!(cache.get("a"), None);

    let slow = || {
        cache.get_or_call("a", || async {
            sleep(ms(10)).await;
            Ok(2)
        })
    };
    let (mut first, mut second) = (Box::pin(slow()), Box::pin(slow()));
    assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
    cache.invalidate("a");
    let third = timeout(ms(1), ask(&cache, Ok(3)));
    assert_eq!(third.await, Ok(Ok(3)), "it does not wait for those");
    assert_eq!(
        tokio::join!(first, second),
        (Ok(2), Ok(2)),
        "they had asked before"
    );
    assert_eq!(cache.get("a"), Some(Ok(3)), "and nobody else gets that");
}

/// Invalidates "a" when it is first copied, into its cache, as another thread may.
struct Sly(Arc<Mutex<Option<Weak<SlyCache>>>>);

type SlyCache = CallCache<String, Sly, ()>;

impl Clone for Sly {
    fn clone(&self) -> Self {
        let cache = self.0.lock().take();
        if let Some(cache) = cache.and_then(|cache| cache.upgrade()) {
            cache.invalidate("a");
        }
        Self(Arc::clone(&self.0))
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_invalidated_while_it_is_put_away_is_not_served() {
    let cache = Arc::new(SlyCache::new(&short()).expect("sound settings"));
    let meddles = Arc::new(Mutex::new(Some(Arc::downgrade(&cache))));
    let answer = cache.get_or_call("a", || async { Ok(Sly(meddles)) });
    assert!(answer.await.is_ok());
    assert!(cache.get("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn the_next_in_line_finds_what_was_kept_and_not_shared() {
    let cache = cache(short()).share(Result::is_ok);
    let cache = cache.keep_errors(ms(50), |error| *error == "not found");
    let made = Cell::new(0);
    let call = || {
        cache.get_or_call("a", || async {
            made.set(made.get() + 1);
            sleep(ms(10)).await;
            Err("not found")
        })
    };
    let answers = tokio::join!(call(), call());
    assert_eq!(answers, (Err("not found"), Err("not found")));
    assert_eq!(made.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_comes_too_late_to_wait_has_the_newer_answer() {
    let cache = cache(short().join_for(ms(20)));
    let slow = || {
        cache.get_or_call("a", || async {
            sleep(ms(50)).await;
            Ok(1)
        })
    };
    let mut first = Box::pin(slow());
    assert!(poll!(&mut first).is_pending());
    advance(ms(20)).await;
    assert_eq!(ask(&cache, Ok(2)).await, Ok(2));
    assert_eq!(first.await, Ok(1));
    assert_eq!(cache.get("a"), Some(Ok(2)), "not the older one");
}

#[tokio::test(start_paused = true)]
async fn many_keys_take_no_more_room_than_the_capacity() {
    let cache = CallCache::<u32, u32, ()>::new(&short()).expect("sound settings");
    for key in 0..100_000 {
        let answer = cache.get_or_call(&key, || async move { Ok(key) });
        assert_eq!(answer.await, Ok(key));
    }
    cache.settle();
    assert!(cache.len() <= 100, "{} answers", cache.len());
    assert_eq!(cache.stats().misses, 100_000);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let error = CallCache::<String, u32, ()>::new(&Cache::new(10)).unwrap_err();
    assert_eq!(error, CacheError::NoTtl);
}
