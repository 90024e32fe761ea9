//! What all parts of one system share: time, randomness, dead letters, names, numbers for ids.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::dead_letters::Hub;
use crate::failure::caught;
use crate::id::{ActorId, ActorPath};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::sync::Mutex;
use crate::time::Alarms;

/// One system's surroundings. Nothing in it is shared between systems.
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) alarms: Arc<Alarms>,
    pub(crate) dead_letters: Hub,
    /// How long a graceful stop may take before it becomes a kill.
    pub(crate) stop_grace: Duration,
    /// How long a killed actor may take to reach its next await before it is abandoned.
    pub(crate) kill_grace: Duration,
    /// What is published in this system, by type and name.
    pub(crate) services: Store,
    pub(crate) origin: Instant,
    rng: Mutex<ChaCha12Rng>,
    next_id: AtomicU64,
    runtime: OnceLock<Handle>,
    /// What is to be started once there is a runtime.
    boot: Mutex<Option<Boot>>,
    /// Actors that could not be ended.
    pub(crate) abandoned: Mutex<Vec<ActorPath>>,
    pub(crate) shutdown: Mutex<Shutdown>,
    pub(crate) totals: Totals,
}

/// Counts of the actors that have ended, so that totals never go down.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) spawned: AtomicU64,
    pub(crate) handled: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) restarts: AtomicU64,
}

type Boot = Box<dyn FnOnce(&Handle) + Send>;

impl Environment {
    pub(crate) fn new(
        name: String,
        seed: [u8; 32],
        stop_grace: Duration,
        kill_grace: Duration,
    ) -> Self {
        let origin = Instant::now();
        Self {
            name,
            alarms: Arc::new(Alarms::new(origin)),
            dead_letters: Hub::default(),
            stop_grace,
            kill_grace,
            services: Store::default(),
            origin,
            rng: Mutex::new(ChaCha12Rng::from_seed(seed)),
            next_id: AtomicU64::new(0),
            runtime: OnceLock::new(),
            boot: Mutex::new(None),
            abandoned: Mutex::new(Vec::new()),
            shutdown: Mutex::new(Shutdown::default()),
            totals: Totals::default(),
        }
    }

    /// The runtime the system lives in: the first with timers in which it was used.
    pub(crate) fn runtime(&self) -> Option<&Handle> {
        if self.runtime.get().is_none() {
            let handle = Handle::try_current().ok()?;
            // Only a timer tells whether a runtime has them: without, it panics.
            caught(|| drop(sleep(Duration::ZERO))).ok()?;
            if self.runtime.set(handle.clone()).is_ok() {
                self.alarms.start(&handle);
                let boot = self.boot.lock().take();
                if let Some(boot) = boot {
                    boot(&handle);
                }
            }
        }
        self.runtime.get()
    }

    /// Sets what is started once there is a runtime.
    pub(crate) fn boot_with(&self, boot: impl FnOnce(&Handle) + Send + 'static) {
        *self.boot.lock() = Some(Box::new(boot));
    }

    pub(crate) fn next_id(&self) -> ActorId {
        ActorId::new(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn random(&self) -> u64 {
        self.rng.lock().next_u64()
    }

    /// A fraction from 0 up to, but not including, 1.
    pub(crate) fn jitter(&self) -> f64 {
        (self.random() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Time since the system began.
    pub(crate) fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}
