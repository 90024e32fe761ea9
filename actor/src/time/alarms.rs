//! Alarms: what is rung at a deadline, by one sleeper for the whole system.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::wheel::{Wheel, WheelKey};
use crate::failure::quietly;
use crate::sync::Mutex;

/// Something that wants to be told when its time has come.
///
/// `ring` runs where the sleeper does, outside the lock: it must be short. A panic in it (of a
/// waker, or of what it drops) is logged and goes no further, since all others wait for the same
/// sleeper.
pub(crate) trait Alarm: Send + Sync {
    fn ring(self: Arc<Self>);
}

/// Names one alarm, to cancel it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AlarmKey(WheelKey);

/// All the alarms of one system.
///
/// An own `tokio::time::Sleep` for each ask's time-out costs four times as much as a bare ask; most
/// alarms are cancelled long before they ring, so setting and cancelling is what has to be cheap.
/// Resolution is a millisecond, as tokio's; an alarm never rings early.
pub(crate) struct Alarms {
    origin: Instant,
    state: Mutex<State>,
    /// Wakes the sleeper where it is a task.
    bell: Arc<Notify>,
    /// Where it is a thread.
    sleeper: Arc<OnceLock<Thread>>,
}

struct State {
    wheel: Wheel<Arc<dyn Alarm>>,
    /// The tick until which the sleeper sleeps; only an earlier alarm has to wake it.
    armed: u64,
}

impl Alarms {
    pub(crate) fn new(origin: Instant) -> Self {
        let state = State {
            wheel: Wheel::new(),
            armed: u64::MAX,
        };
        Self {
            origin,
            state: Mutex::new(state),
            bell: Arc::default(),
            sleeper: Arc::default(),
        }
    }

    /// Sets an alarm.
    pub(crate) fn set(&self, at: Instant, alarm: Arc<dyn Alarm>) -> AlarmKey {
        let tick = self.tick_after(at);
        let (key, earlier) = {
            let mut state = self.state.lock();
            let key = state.wheel.insert(tick, alarm);
            let earlier = tick < state.armed;
            if earlier {
                state.armed = tick;
            }
            (key, earlier)
        };
        if earlier {
            self.wake_sleeper();
        }
        AlarmKey(key)
    }

    /// Begins to ring. It ends with the last who could set an alarm, and not before: an ask may
    /// outlast the actors of its system, and no wait is for ever.
    ///
    /// Where a runtime has several workers the alarms have a thread of their own: a handler that
    /// never yields can keep those workers from looking at any timer, for it is a worker that does
    /// so, and not always another one. Where it has one thread, that thread's clock may be paused,
    /// and a handler that never yields stops everything anyway.
    pub(crate) fn start(self: &Arc<Self>, runtime: &Handle) {
        if runtime.runtime_flavor() == RuntimeFlavor::CurrentThread {
            runtime.spawn(self.sleep_in_a_task());
        } else if let Err(error) = self.sleep_on_a_thread(runtime) {
            tracing::warn!(%error, "no thread for alarms; they are a task like others");
            runtime.spawn(self.sleep_in_a_task());
        }
    }

    /// Cancels an alarm that has not rung yet.
    pub(crate) fn cancel(&self, key: AlarmKey) {
        let cancelled = self.state.lock().wheel.cancel(key.0);
        // Dropped after the lock: it may hold the last reference to something of the user's.
        drop(cancelled);
    }

    fn sleep_in_a_task(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        let (alarms, bell) = (Arc::downgrade(self), Arc::clone(&self.bell));
        let ring_due = move || alarms.upgrade().map(|alarms| alarms.ring_due());
        async move {
            while let Some(next) = ring_due() {
                match next {
                    // Whichever comes first, the wheel is looked at again.
                    Some(wake_at) => drop(timeout_at(wake_at, bell.notified()).await),
                    None => bell.notified().await,
                }
            }
        }
    }

    fn sleep_on_a_thread(self: &Arc<Self>, runtime: &Handle) -> io::Result<()> {
        let (alarms, sleeper) = (Arc::downgrade(self), Arc::clone(&self.sleeper));
        let runtime = runtime.clone();
        let sleep = move || {
            // What is rung may be the user's code, which expects its runtime.
            let _entered = runtime.enter();
            // Before it first looks, so that nobody sets an alarm it neither sees nor is woken for.
            sleeper.get_or_init(thread::current);
            while let Some(next) = alarms.upgrade().map(|alarms| alarms.ring_due()) {
                match next {
                    Some(at) => thread::park_timeout(at.saturating_duration_since(Instant::now())),
                    None => thread::park(),
                }
            }
        };
        let thread = thread::Builder::new().name("greenroom-alarms".to_owned());
        thread.spawn(sleep).map(drop)
    }

    fn wake_sleeper(&self) {
        match self.sleeper.get() {
            Some(thread) => thread.unpark(),
            None => self.bell.notify_one(),
        }
    }

    /// Rings what is due, and says when something is next.
    fn ring_due(&self) -> Option<Instant> {
        let mut due = Vec::new();
        loop {
            let next = {
                let now = self.tick_now();
                let mut state = self.state.lock();
                state.wheel.advance(now, &mut due);
                let next = state.wheel.next_tick();
                state.armed = next.unwrap_or(u64::MAX);
                next
            };
            if due.is_empty() {
                return next.map(|tick| self.origin + Duration::from_millis(tick));
            }
            due.drain(..).for_each(|alarm| quietly(|| alarm.ring()));
        }
    }

    fn tick_now(&self) -> u64 {
        self.origin.elapsed().as_millis() as u64
    }

    /// The first whole millisecond at or after `at`.
    fn tick_after(&self, at: Instant) -> u64 {
        let after = at.saturating_duration_since(self.origin);
        after
            .as_nanos()
            .div_ceil(1_000_000)
            .min(u128::from(u64::MAX >> 1)) as u64
    }
}

impl Drop for Alarms {
    fn drop(&mut self) {
        self.wake_sleeper();
    }
}

impl fmt::Debug for Alarms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarms").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc;

    use tokio::runtime::Builder;

    struct Rung {
        origin: Instant,
        at: AtomicU64,
    }

    impl Alarm for Rung {
        fn ring(self: Arc<Self>) {
            self.at
                .store(self.origin.elapsed().as_millis() as u64, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rings_in_time_also_when_an_earlier_alarm_comes_later() {
        let origin = Instant::now();
        let alarms = Arc::new(Alarms::new(origin));
        alarms.start(&Handle::current());
        let rung = || {
            Arc::new(Rung {
                origin,
                at: AtomicU64::new(0),
            })
        };
        let (late, early, cancelled) = (rung(), rung(), rung());
        alarms.set(origin + Duration::from_millis(5_000), late.clone());
        tokio::task::yield_now().await;
        alarms.set(origin + Duration::from_millis(70), early.clone());
        let key = alarms.set(origin + Duration::from_millis(80), cancelled.clone());
        alarms.cancel(key);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!(early.at.load(Ordering::SeqCst), 70);
        assert_eq!(late.at.load(Ordering::SeqCst), 5_000);
        assert_eq!(cancelled.at.load(Ordering::SeqCst), 0);
    }

    /// Passes on that it was rung.
    struct Told(mpsc::Sender<()>);

    impl Alarm for Told {
        fn ring(self: Arc<Self>) {
            self.0.send(()).expect("somebody waits for it");
        }
    }

    #[test]
    fn a_handler_that_never_yields_keeps_no_alarm_from_ringing() {
        let workers = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build();
        let workers = workers.expect("a thread can be had");
        let alarms = Arc::new(Alarms::new(Instant::now()));
        alarms.start(workers.handle());
        let (tell, told) = mpsc::channel();
        let rang = workers.spawn(async move {
            for after in [0, 20, 1] {
                let at = Instant::now() + Duration::from_millis(after);
                alarms.set(at, Arc::new(Told(tell.clone())));
                // It keeps the only worker.
                let rang = told.recv_timeout(Duration::from_secs(20));
                assert_eq!(rang, Ok(()), "after {after} ms");
            }
        });
        workers.block_on(rang).expect("each alarm rings");
    }

    #[test]
    fn the_thread_ends_with_the_alarms() {
        let workers = Builder::new_multi_thread().worker_threads(1).build();
        let workers = workers.expect("a thread can be had");
        let alarms = Arc::new(Alarms::new(Instant::now()));
        alarms.start(workers.handle());
        let sleeper = Arc::clone(&alarms.sleeper);
        let (tell, told) = mpsc::channel();
        alarms.set(Instant::now(), Arc::new(Told(tell)));
        assert_eq!(told.recv(), Ok(()));
        // It has looked a last time, and sleeps until it is woken.
        while alarms.state.lock().armed != u64::MAX {
            thread::yield_now();
        }
        drop(alarms);
        let dropped = Instant::now();
        while Arc::strong_count(&sleeper) > 1 {
            assert!(dropped.elapsed() < Duration::from_secs(20));
            thread::yield_now();
        }
    }
}
