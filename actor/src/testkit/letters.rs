//! Expectations on dead letters.

use std::time::Duration;

use tokio::time::timeout;

use crate::dead_letters::{DeadLetter, DeadLetters};
use crate::system::System;

const PATIENCE: Duration = Duration::from_secs(3);
const CAPACITY: usize = 65_536;

/// The dead letters of a system from now on, for a test to expect.
#[derive(Debug)]
pub struct LetterBox(DeadLetters);

impl LetterBox {
    /// Collects the dead letters of a system from now on.
    #[must_use]
    pub fn open(system: &System) -> Self {
        Self(system.dead_letters(CAPACITY))
    }

    /// Expects a dead letter within 3 s.
    ///
    /// # Panics
    ///
    /// When none comes in time.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    pub async fn expect(&mut self) -> DeadLetter {
        match timeout(PATIENCE, self.0.recv()).await {
            Ok(Some(letter)) => letter,
            _ => panic!("expected a dead letter within {PATIENCE:?}, none came"),
        }
    }

    /// Expects a dead letter whose message is of type `M`, and takes the message.
    ///
    /// # Panics
    ///
    /// When none comes in time, or its message is another one or gone.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    pub async fn expect_message<M: 'static>(&mut self) -> M {
        let letter = self.expect().await;
        match letter.take_message() {
            Some(message) => message,
            None => panic!("expected a {}, got {letter:?}", std::any::type_name::<M>()),
        }
    }

    /// Expects that there are no dead letters for the given time.
    ///
    /// # Panics
    ///
    /// When one comes.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it has taken nothing.
    pub async fn expect_none(&mut self, time: Duration) {
        if let Ok(Some(letter)) = timeout(time, self.0.recv()).await {
            panic!("expected no dead letter for {time:?}, got {letter:?}");
        }
    }
}
