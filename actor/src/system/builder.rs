//! Settings of a system.

use std::sync::Arc;
use std::time::Duration;

use super::system::System;
use crate::environment::Environment;
use crate::supervision::Strategy;

/// A system about to be made; see [`System::builder`].
///
/// ```
/// use std::time::Duration;
/// use greenroom::System;
/// use greenroom::supervision::Strategy;
///
/// let system = System::builder("shop")
///     .supervision(Strategy::one_for_one().intensity(10, Duration::from_secs(60)))
///     .stop_grace(Duration::from_secs(2))
///     .build();
/// assert_eq!(system.name(), "shop");
/// ```
#[derive(Debug)]
#[must_use = "nothing is made before `build`"]
pub struct SystemBuilder {
    name: String,
    seed: Option<[u8; 32]>,
    stop_grace: Duration,
    kill_grace: Duration,
    strategy: Strategy,
}

impl SystemBuilder {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            seed: None,
            stop_grace: Duration::from_secs(5),
            kill_grace: Duration::from_secs(5),
            strategy: Strategy::one_for_one(),
        }
    }

    /// Sets the seed of everything random in the system: names it makes, jitter, random routing.
    /// The same seed gives the same choices. By default 32 bytes of the operating system's.
    pub fn seed(mut self, seed: [u8; 32]) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets how long an actor may take to stop before it is killed, unless its own spawn says
    /// otherwise. The default of 5 s lets any healthy handler end.
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.stop_grace = grace;
        self
    }

    /// Sets how long a killed actor may take to reach an await before it is given up on. The
    /// default of 5 s is far longer than any handler should go without one.
    pub fn kill_grace(mut self, grace: Duration) -> Self {
        self.kill_grace = grace;
        self
    }

    /// Sets how actors spawned by the system itself are supervised; the default is one for one.
    /// What escalates here stops the system.
    pub fn supervision(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Makes the system. It needs no runtime yet.
    #[must_use]
    pub fn build(self) -> System {
        // Without a source of randomness a fixed seed still works: nothing secret depends on it.
        let seed = self.seed.unwrap_or_else(|| {
            let mut seed = [0; 32];
            if let Err(error) = getrandom::fill(&mut seed) {
                tracing::warn!(%error, "no randomness from the operating system; fixed seed");
            }
            seed
        });
        let environment = Environment::new(self.name, seed, self.stop_grace, self.kill_grace);
        System::with(&Arc::new(environment), self.strategy)
    }
}
