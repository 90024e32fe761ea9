//! [`Trickster`]: chaos at work, with the generator that its calls share.

use parking_lot::Mutex;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::check::ChaosError;
use super::machine::Prank;
use super::settings::Chaos;

/// What the calls through one chaos policy share.
#[derive(Debug)]
pub(crate) struct Trickster {
    settings: Chaos,
    rng: Mutex<ChaCha8Rng>,
}

impl Trickster {
    pub(crate) fn new(settings: Chaos, seed: u64) -> Result<Self, ChaosError> {
        settings.check()?;
        Ok(Self {
            settings,
            rng: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
        })
    }

    /// What is done to the next call.
    pub(crate) fn draw(&self) -> Prank {
        self.settings.draw(&mut *self.rng.lock())
    }
}
