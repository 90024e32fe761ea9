//! The gate on a paused clock: waits, wake-ups, cancelled callers and bursts.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, advance, sleep};

use super::super::gate::Entered;
use super::super::{Acquire, Bulkhead, BulkheadError, Gate, Guard, Rejected};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn gate(places: usize, queue: usize) -> Gate {
    let settings = Bulkhead::concurrent(places).queue(queue).max_wait(ms(50));
    Gate::new(&settings).unwrap()
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Places in use and granted, and callers in the queue.
fn counts(gate: &Gate) -> (usize, usize, usize) {
    let now = gate.occupancy();
    (now.in_use, now.granted, now.queued)
}

/// A waker that counts, and whose reference count shows who holds it.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A caller that has been polled once and waits, with its own waker.
fn waiting(gate: &Gate, priority: u8) -> (Pin<Box<Acquire>>, Arc<Counter>) {
    let counter = Arc::new(Counter::default());
    let mut acquire = Box::pin(gate.acquire(priority));
    let waker = Waker::from(Arc::clone(&counter));
    let first = acquire.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(first.is_pending());
    (acquire, counter)
}

#[test]
fn free_place_needs_no_runtime_and_no_wait() {
    let gate = Gate::new(&Bulkhead::concurrent(1)).unwrap();
    let Poll::Ready(Ok(guard)) = poll(pin!(gate.acquire(0))) else {
        panic!("a place is free");
    };
    let full = Rejected::Full {
        places: 1,
        queued: 0,
    };
    assert_eq!(gate.try_acquire().unwrap_err(), full);
    let Poll::Ready(Err(rejected)) = poll(pin!(gate.acquire(0))) else {
        panic!("there is no queue");
    };
    assert_eq!(rejected, full);
    drop(guard);
    assert_eq!(counts(&gate), (0, 0, 0));
}

#[test]
fn gate_is_not_made_of_settings_that_make_no_sense() {
    let made = Gate::new(&Bulkhead::concurrent(0));
    assert_eq!(made.unwrap_err(), BulkheadError::NoPlaces);
    let gate = Gate::new(&Bulkhead::concurrent(2)).unwrap();
    assert_eq!(gate.resize(0), Err(BulkheadError::NoPlaces));
    let changed = gate.reconfigure(&Bulkhead::concurrent(5).queue(1));
    let expected = Err(BulkheadError::QueueWithoutWait { queue: 1 });
    assert_eq!(changed, expected);
    assert_eq!(gate.occupancy().places, 2);
}

#[test]
fn guards_and_futures_go_where_tasks_go() {
    fn movable<T: Send + 'static>() {}
    movable::<Acquire>();
    movable::<Guard>();
    movable::<Gate>();
}

#[tokio::test(start_paused = true)]
async fn waiter_times_out_after_exactly_the_wait() {
    let gate = gate(1, 1);
    let _guard = gate.try_acquire().unwrap();
    let start = Instant::now();
    let rejected = gate.acquire(0).await.unwrap_err();
    assert_eq!(rejected, Rejected::TimedOut { waited: ms(50) });
    assert_eq!(start.elapsed(), ms(50));
    assert_eq!(counts(&gate), (1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn wait_without_an_end_lasts() {
    let settings = Bulkhead::concurrent(1).queue(1).max_wait(Duration::MAX);
    let gate = Gate::new(&settings).unwrap();
    let guard = gate.try_acquire().unwrap();
    let task = tokio::spawn({
        let gate = gate.clone();
        async move { gate.acquire(0).await.is_ok() }
    });
    sleep(Duration::from_secs(1_000_000)).await;
    drop(guard);
    assert!(task.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn waiter_has_the_place_as_soon_as_it_is_left() {
    let gate = gate(1, 1);
    let guard = gate.try_acquire().unwrap();
    let start = Instant::now();
    tokio::spawn(async move {
        sleep(ms(20)).await;
        drop(guard);
    });
    let guard = gate.acquire(0).await.unwrap();
    assert_eq!(start.elapsed(), ms(20));
    drop(guard);
    assert_eq!(counts(&gate), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn only_the_one_whose_turn_it_is_is_woken() {
    let gate = gate(1, 3);
    let guard = gate.try_acquire().unwrap();
    let (_low, low_waker) = waiting(&gate, 0);
    let (mut high, high_waker) = waiting(&gate, 1);
    drop(guard);
    assert_eq!(high_waker.0.load(Ordering::Relaxed), 1);
    assert_eq!(low_waker.0.load(Ordering::Relaxed), 0);
    assert_eq!(counts(&gate), (0, 1, 1));
    assert!(matches!(poll(high.as_mut()), Poll::Ready(Ok(_))));
}

#[tokio::test(start_paused = true)]
async fn task_that_polled_last_is_the_one_that_is_woken() {
    let gate = gate(1, 1);
    let guard = gate.try_acquire().unwrap();
    let (mut acquire, first) = waiting(&gate, 0);
    let second = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&second));
    assert!(
        acquire
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(waker);
    drop(guard);
    assert_eq!(first.0.load(Ordering::Relaxed), 0);
    assert_eq!(second.0.load(Ordering::Relaxed), 1);
    drop(acquire);
    assert_eq!(counts(&gate), (0, 0, 0));
    assert_eq!(Arc::strong_count(&first), 1, "the waker before is dropped");
    assert_eq!(Arc::strong_count(&second), 1, "a waker is dropped");
}

#[tokio::test(start_paused = true)]
async fn displaced_waiter_is_woken_and_told() {
    let gate = gate(1, 1);
    let guard = gate.try_acquire().unwrap();
    let (mut low, low_waker) = waiting(&gate, 0);
    let (mut high, high_waker) = waiting(&gate, 3);
    assert_eq!(low_waker.0.load(Ordering::Relaxed), 1);
    let Poll::Ready(Err(rejected)) = poll(low.as_mut()) else {
        panic!("displaced and not told");
    };
    assert_eq!(rejected, Rejected::Displaced);
    drop(low);
    drop(guard);
    assert_eq!(high_waker.0.load(Ordering::Relaxed), 1, "its waker is gone");
    assert!(matches!(poll(high.as_mut()), Poll::Ready(Ok(_))));
}

#[tokio::test(start_paused = true)]
async fn displaced_waiter_that_is_dropped_leaves_the_waker_of_the_other() {
    let gate = gate(1, 1);
    let guard = gate.try_acquire().unwrap();
    let (low, _) = waiting(&gate, 0);
    let (_high, high_waker) = waiting(&gate, 3);
    drop(low);
    drop(guard);
    assert_eq!(high_waker.0.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn caller_dropped_before_its_first_poll_was_never_there() {
    let gate = gate(1, 1);
    drop(gate.acquire(0));
    let guard = gate.try_acquire().unwrap();
    drop(gate.acquire(0));
    assert_eq!(counts(&gate), (1, 0, 0));
    drop(guard);
    assert_eq!(counts(&gate), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn caller_dropped_in_the_queue_leaves_no_place_in_it() {
    let gate = gate(1, 1);
    let guard = gate.try_acquire().unwrap();
    let (acquire, waker) = waiting(&gate, 0);
    assert_eq!(counts(&gate), (1, 0, 1));
    drop(acquire);
    assert_eq!(counts(&gate), (1, 0, 0));
    assert_eq!(Arc::strong_count(&waker), 1, "its waker is dropped");
    drop(guard);
    assert_eq!(waker.0.load(Ordering::Relaxed), 0);
    assert_eq!(counts(&gate), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn caller_dropped_with_a_place_it_did_not_take_passes_it_on() {
    let gate = gate(1, 2);
    let guard = gate.try_acquire().unwrap();
    let (first, _) = waiting(&gate, 0);
    let (mut second, second_waker) = waiting(&gate, 0);
    drop(guard);
    assert_eq!(second_waker.0.load(Ordering::Relaxed), 0);
    drop(first);
    assert_eq!(second_waker.0.load(Ordering::Relaxed), 1);
    let Poll::Ready(Ok(guard)) = poll(second.as_mut()) else {
        panic!("the place was lost");
    };
    drop(guard);
    assert_eq!(counts(&gate), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn caller_between_entering_and_its_first_poll_loses_no_wake_up() {
    let gate = gate(1, 1);
    let permit = gate.try_enter().unwrap();
    let Ok(Entered::Waiting(mut waiting)) = gate.enter(0) else {
        panic!("the place is taken");
    };
    // Granted before there is a waker: the first poll must see it.
    gate.leave(permit);
    let Poll::Ready(Ok(permit)) = waiting.poll_acquire(&mut Context::from_waker(Waker::noop()))
    else {
        panic!("the grant was lost");
    };
    drop(waiting);
    assert_eq!(counts(&gate), (1, 0, 0));
    gate.leave(permit);
}

#[tokio::test(start_paused = true)]
async fn place_given_in_the_last_moment_is_had() {
    let gate = gate(1, 1);
    let guard = gate.try_acquire().unwrap();
    let (mut acquire, _) = waiting(&gate, 0);
    drop(guard);
    advance(ms(500)).await;
    assert!(matches!(poll(acquire.as_mut()), Poll::Ready(Ok(_))));
}

#[tokio::test(start_paused = true)]
async fn growth_wakes_as_many_as_there_are_new_places() {
    let gate = gate(1, 3);
    let _guard = gate.try_acquire().unwrap();
    let waiters = [(); 3].map(|()| waiting(&gate, 0));
    gate.resize(3).unwrap();
    let woken = waiters
        .each_ref()
        .map(|(_, waker)| waker.0.load(Ordering::Relaxed));
    assert_eq!(woken, [1, 1, 0]);
    assert_eq!(counts(&gate), (1, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn reconfigured_gate_keeps_its_permits() {
    let gate = gate(2, 1);
    let _guards = [(); 2].map(|()| gate.try_acquire().unwrap());
    gate.reconfigure(&Bulkhead::concurrent(3)).unwrap();
    let _third = gate.try_acquire().unwrap();
    assert!(gate.try_acquire().is_err());
}

#[tokio::test(start_paused = true)]
async fn panic_of_a_call_leaves_its_place() {
    let gate = gate(1, 1);
    let task = tokio::spawn({
        let gate = gate.clone();
        async move {
            let _guard = gate.acquire(0).await.unwrap();
            panic!("on purpose");
        }
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(counts(&gate), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn burst_of_ten_thousand_is_served_up_to_the_queue_and_in_bounds() {
    const CALLERS: usize = 10_000;
    let gate = gate(10, 100);
    let inside = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for caller in 0..CALLERS {
        let (gate, inside) = (gate.clone(), Arc::clone(&inside));
        tasks.spawn(async move {
            let guard = gate.acquire((caller % 4) as u8).await?;
            let others = inside.fetch_add(1, Ordering::Relaxed);
            assert!(others < 10, "{others} others are inside");
            sleep(ms(10)).await;
            inside.fetch_sub(1, Ordering::Relaxed);
            drop(guard);
            Ok(())
        });
    }
    let [mut served, mut full, mut displaced, mut timed_out] = [0; 4];
    while let Some(result) = tasks.join_next().await {
        match result.unwrap() {
            Ok(()) => served += 1,
            Err(Rejected::Full { .. }) => full += 1,
            Err(Rejected::Displaced) => displaced += 1,
            Err(Rejected::TimedOut { .. }) => timed_out += 1,
        }
    }
    // Ten at once, and ten every 10 ms while the others wait for 50 ms, the last of them just then.
    assert!((50..=60).contains(&served), "{served} were served");
    assert_eq!(served + timed_out, 110, "not as many as there is room for");
    assert_eq!(served + full + displaced + timed_out, CALLERS);
    assert!(displaced > 0, "no class came before another");
    assert_eq!(counts(&gate), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn burst_that_is_cancelled_leaves_nothing_behind() {
    let gate = gate(3, 1_000);
    let mut tasks = JoinSet::new();
    for caller in 0..10_000_u64 {
        let gate = gate.clone();
        tasks.spawn(async move {
            let _guard = gate.acquire((caller % 4) as u8).await;
            sleep(ms(caller % 30)).await;
        });
    }
    // Some are outside still, some wait, some have places, some are through.
    for step in 0..20 {
        if step % 2 == 0 {
            yield_now().await;
        } else {
            advance(ms(3)).await;
        }
    }
    assert!(counts(&gate).2 > 0, "nobody waits");
    tasks.shutdown().await;
    assert_eq!(counts(&gate), (0, 0, 0));
    let _guards = [(); 3].map(|()| gate.try_acquire().unwrap());
}

#[test]
fn threads_that_meet_lose_no_place_and_no_wake_up() {
    let settings = Bulkhead::concurrent(2).queue(64).max_wait(Duration::MAX);
    let gate = Gate::new(&settings).unwrap();
    let inside = AtomicUsize::new(0);
    let call = async |priority| {
        for _ in 0..200 {
            let guard = gate.acquire(priority).await.unwrap();
            assert!(inside.fetch_add(1, Ordering::Relaxed) < 2);
            yield_now().await;
            inside.fetch_sub(1, Ordering::Relaxed);
            drop(guard);
        }
    };
    // A lost wake-up shows as a thread that never ends.
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let runtime = Builder::new_current_thread().enable_time().build();
                let callers = async { tokio::join!(call(0), call(1), call(1), call(3)) };
                runtime.unwrap().block_on(callers);
            });
        }
    });
    assert_eq!(counts(&gate), (0, 0, 0));
}
