//! Scopes: what is current inside, what is left behind, and what does not inherit.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use tokio::task::yield_now;
use tokio::time::Instant;

use super::{Deadline, Scoped, none};

fn secs(secs: u64) -> Deadline {
    Deadline::after(Duration::from_secs(secs))
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test(start_paused = true)]
async fn no_scope_has_no_deadline() {
    assert_eq!(Deadline::current(), None);
}

#[tokio::test(start_paused = true)]
async fn scope_sets_the_deadline_at_every_poll_and_not_between() {
    let deadline = secs(1);
    let mut scoped = pin!(deadline.scope(async {
        let first = Deadline::current();
        yield_now().await;
        (first, Deadline::current())
    }));
    assert!(poll_once(scoped.as_mut()).is_pending());
    assert_eq!(Deadline::current(), None);
    assert_eq!(scoped.await, (Some(deadline), Some(deadline)));
    assert_eq!(Deadline::current(), None);
}

#[tokio::test(start_paused = true)]
async fn making_a_scope_does_not_enter_it() {
    let _scoped = secs(1).scope(async {});
    assert_eq!(Deadline::current(), None);
}

#[tokio::test(start_paused = true)]
async fn nested_scope_shrinks_and_never_extends() {
    let (near, far) = (secs(1), secs(2));
    far.scope(async {
        near.scope(async { assert_eq!(Deadline::current(), Some(near)) })
            .await;
        assert_eq!(Deadline::current(), Some(far));
    })
    .await;
    near.scope(async {
        far.scope(async { assert_eq!(Deadline::current(), Some(near)) })
            .await;
        far.sync_scope(|| assert_eq!(Deadline::current(), Some(near)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn surroundings_count_at_the_poll_and_not_at_the_making() {
    let (near, far) = (secs(1), secs(2));
    let made_inside = near.sync_scope(|| far.scope(async { Deadline::current() }));
    assert_eq!(made_inside.await, Some(far));
    let made_outside = far.scope(async { Deadline::current() });
    assert_eq!(near.scope(made_outside).await, Some(near));
}

#[tokio::test(start_paused = true)]
async fn none_hides_the_surrounding_deadline_and_gives_it_back() {
    let deadline = secs(1);
    deadline
        .scope(async {
            none(async {
                assert_eq!(Deadline::current(), None);
                yield_now().await;
                assert_eq!(Deadline::current(), None);
            })
            .await;
            assert_eq!(Deadline::current(), Some(deadline));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn scope_within_none_starts_afresh() {
    let (near, far) = (secs(1), secs(2));
    let current = near
        .scope(none(far.scope(async { Deadline::current() })))
        .await;
    assert_eq!(current, Some(far));
}

#[tokio::test(start_paused = true)]
async fn spawned_task_inherits_no_deadline() {
    let deadline = secs(1);
    let task = deadline.sync_scope(|| tokio::spawn(async { Deadline::current() }));
    assert_eq!(task.await.unwrap(), None);
    let joined = deadline.scope(async { tokio::spawn(async { Deadline::current() }).await });
    assert_eq!(joined.await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn scopes_polled_in_turn_do_not_mix() {
    let (one, two) = (secs(1), secs(2));
    let body = |expected| async move {
        for _ in 0..5 {
            assert_eq!(Deadline::current(), Some(expected));
            yield_now().await;
        }
    };
    let plain = async {
        for _ in 0..5 {
            assert_eq!(Deadline::current(), None);
            yield_now().await;
        }
    };
    tokio::join!(one.scope(body(one)), plain, two.scope(body(two)));
}

#[tokio::test(start_paused = true)]
async fn panic_in_a_scope_restores_what_was_before() {
    let (near, far) = (secs(1), secs(2));
    far.sync_scope(|| {
        let caught = catch_unwind(|| near.sync_scope(|| panic!("on purpose")));
        assert!(caught.is_err());
        assert_eq!(Deadline::current(), Some(far));

        let mut scoped = pin!(near.scope(async { panic!("on purpose") }));
        let caught = catch_unwind(AssertUnwindSafe(|| poll_once(scoped.as_mut())));
        assert!(caught.is_err());
        assert_eq!(Deadline::current(), Some(far));
    });
    assert_eq!(Deadline::current(), None);
}

#[tokio::test(start_paused = true)]
async fn panic_without_a_deadline_restores_what_was_before() {
    let deadline = secs(1);
    deadline.sync_scope(|| {
        let mut scoped = pin!(none(async { panic!("on purpose") }));
        let caught = catch_unwind(AssertUnwindSafe(|| poll_once(scoped.as_mut())));
        assert!(caught.is_err());
        assert_eq!(Deadline::current(), Some(deadline));
    });
}

#[tokio::test(start_paused = true)]
async fn deadline_follows_a_future_to_another_thread() {
    let deadline = secs(1);
    let mut scoped = Box::pin(deadline.scope(async {
        let first = Deadline::current();
        yield_now().await;
        (first, Deadline::current())
    }));
    assert!(poll_once(scoped.as_mut()).is_pending());
    let moved = std::thread::spawn(move || (poll_once(scoped.as_mut()), Deadline::current()));
    let expected = Poll::Ready((Some(deadline), Some(deadline)));
    assert_eq!(moved.join().unwrap(), (expected, None));
}

#[tokio::test(start_paused = true)]
async fn destructors_of_a_cancelled_scope_run_outside_of_it() {
    struct Check;
    impl Drop for Check {
        fn drop(&mut self) {
            assert_eq!(Deadline::current(), None);
        }
    }
    let mut scoped = Box::pin(secs(1).scope(async {
        let _check = Check;
        std::future::pending::<()>().await;
    }));
    assert!(poll_once(scoped.as_mut()).is_pending());
    drop(scoped);
}

#[tokio::test(start_paused = true)]
async fn passed_deadline_is_current_still() {
    let deadline = secs(1);
    deadline
        .scope(async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let current = Deadline::current().unwrap();
            assert!(current.is_expired());
            assert_eq!(current.remaining(), Duration::ZERO);
        })
        .await;
}

#[test]
fn scope_is_as_large_as_its_future_and_a_deadline() {
    let limit = size_of::<Option<Deadline>>() + size_of::<u64>();
    assert!(size_of::<Scoped<std::future::Ready<()>>>() <= limit);
}

/// Opens the scopes outside in, suspends in the innermost, and checks each level against the model
/// on the way in and on the way out. `None` is a scope without a deadline.
async fn nest(start: Instant, scopes: &[Option<u64>], expected: Option<u64>) {
    let at = |offset| Deadline::at(start + Duration::from_millis(offset));
    assert_eq!(Deadline::current(), expected.map(at));
    yield_now().await;
    if let [scope, deeper @ ..] = scopes {
        match *scope {
            Some(offset) => {
                // The model: what remains is the smaller of the two.
                let expected = expected.map_or(offset, |outer| outer.min(offset));
                Box::pin(at(offset).scope(nest(start, deeper, Some(expected)))).await;
            }
            None => Box::pin(none(nest(start, deeper, None))).await,
        }
    }
    assert_eq!(Deadline::current(), expected.map(at));
}

proptest! {
    #[test]
    fn nested_scopes_agree_with_the_smallest_since_the_last_none(
        scopes in prop::collection::vec(prop::option::weighted(0.8, 0_u64..1000), 0..12),
    ) {
        let start = Instant::now();
        let mut nested = pin!(nest(start, &scopes, None));
        while poll_once(nested.as_mut()).is_pending() {
            prop_assert_eq!(Deadline::current(), None);
        }
        prop_assert_eq!(Deadline::current(), None);
    }
}
