//! Alarms: what is rung at a deadline, by one sleeping task for the whole system.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::wheel::{Wheel, WheelKey};
use crate::failure::quietly;
use crate::sync::Mutex;

/// Something that wants to be told when its time has come.
///
/// `ring` runs in the sleeping task, outside the lock: it must be short. A panic in it (of a waker,
/// or of what it drops) is logged and goes no further, since all others wait for the same task.
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
    bell: Arc<Notify>,
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

    /// Wakes the sleeping task so that any worker of the runtime can run it.
    ///
    /// A task that another one wakes goes to the slot of what that worker runs next, which other
    /// workers can't take from: a handler that sets an alarm and then never yields would keep all
    /// alarms of the system there. A task that does nothing takes the slot from the sleeper, which
    /// moves to the queue that all workers take from. It is a new one each time: the last may still
    /// sit in the slot of a worker that is stuck.
    fn wake_sleeper(&self) {
        self.bell.notify_one();
        if let Ok(runtime) = Handle::try_current()
            && runtime.runtime_flavor() == RuntimeFlavor::MultiThread
        {
            drop(runtime.spawn(std::future::ready(())));
        }
    }

    /// Cancels an alarm that has not rung yet.
    pub(crate) fn cancel(&self, key: AlarmKey) {
        let cancelled = self.state.lock().wheel.cancel(key.0);
        // Dropped after the lock: it may hold the last reference to something of the user's.
        drop(cancelled);
    }

    /// The sleeping task. It ends with the last who could set an alarm, and not before: an ask may
    /// outlast the actors of its system, and no wait is for ever.
    pub(crate) fn run(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
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
        self.bell.notify_one();
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
        tokio::spawn(alarms.run());
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
    fn workers_that_set_an_alarm_and_never_yield_keep_none_from_ringing() {
        let workers = Builder::new_multi_thread()
            .worker_threads(3)
            .enable_time()
            .build();
        let workers = workers.expect("three threads can be had");
        let alarms = Arc::new(Alarms::new(Instant::now()));
        workers.spawn(alarms.run());
        let mut stuck = Vec::new();
        for _ in 0..2 {
            let (release, released) = mpsc::channel::<()>();
            let (tell, told) = mpsc::channel();
            let (tell_rung, rung) = mpsc::channel();
            let alarms = Arc::clone(&alarms);
            workers.spawn(async move {
                alarms.set(Instant::now(), Arc::new(Told(tell)));
                // It keeps its thread, as a handler that does not yield.
                let rang = told.recv_timeout(Duration::from_secs(20)).is_ok();
                tell_rung.send(rang).expect("the test waits for it");
                released.recv().ok();
            });
            assert_eq!(rung.recv(), Ok(true));
            stuck.push(release);
        }
    }
}
