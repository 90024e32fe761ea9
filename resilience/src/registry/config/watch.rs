//! [`Watch`]: follows a file by reading it again and again.

use std::path::PathBuf;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use super::changes::Changes;
use super::error::ConfigError;
use super::file;
use crate::registry::Registry;

/// How often the file is read unless set: soon enough for a human who has saved it, and next to no
/// work for a file of some KiB.
const EVERY: Duration = Duration::from_secs(1);

/// Follows a file: reads it once in a while, and loads it when it is another.
///
/// It compares what is in the file and not its time, which some tools set back and some file
/// systems round to seconds. What it reads is loaded when it has read the same twice in a row:
/// whoever writes a file in several steps is not caught in the middle, unless a step takes longer
/// than the time [between two readings](Self::every).
///
/// It does nothing unless somebody waits for [`changed`](Self::changed), mostly a task of its own:
///
/// ```no_run
/// # async fn run() {
/// use greenroom_resilience::registry::Registry;
///
/// let registry = Registry::new();
/// registry.load("pipelines.toml").expect("it was right when it was installed");
/// let mut watch = registry.watch("pipelines.toml");
/// tokio::spawn(async move {
///     loop {
///         match watch.changed().await {
///             Ok(changes) => println!("{changes}"),
///             Err(error) => eprintln!("not taken over:\n{error}"),
///         }
///     }
/// });
/// # }
/// ```
#[derive(Debug)]
pub struct Watch {
    registry: Registry,
    path: PathBuf,
    every: Duration,
    next: Option<Instant>,
    /// What was read last.
    last: Option<Read>,
    /// What was loaded, or refused, last.
    settled: Option<Read>,
}

/// The text, or what was said of it.
type Read = Result<String, String>;

impl Watch {
    pub(super) const fn new(registry: Registry, path: PathBuf) -> Self {
        Self {
            registry,
            path,
            every: EVERY,
            next: None,
            last: None,
            settled: None,
        }
    }

    /// Sets how often the file is read: every second unless set, and a millisecond at least.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every.max(Duration::from_millis(1));
        self
    }

    /// Waits until a file that is another than before was loaded and changed something, or was
    /// refused. Each is told once: a file that stays wrong, or away, is not told of again.
    ///
    /// The file is read on tokio's pool for blocking work, so that a slow disk holds up nobody.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] with all that is wrong in the file; nothing is changed then, and the file
    /// is loaded as soon as it is another.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its timers enabled.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when it is dropped and called again.
    pub async fn changed(&mut self) -> Result<Changes, ConfigError> {
        loop {
            let next = *self.next.get_or_insert_with(Instant::now);
            sleep_until(next).await;
            let path = self.path.clone();
            let read = spawn_blocking(move || file::read(&path)).await;
            self.next = Some(Instant::now() + self.every);
            // It was ended with the runtime, under which nothing else goes on either.
            let Ok(read) = read else { continue };
            if let Some(outcome) = self.look_at(read) {
                return outcome;
            }
        }
    }

    fn look_at(
        &mut self,
        read: Result<String, ConfigError>,
    ) -> Option<Result<Changes, ConfigError>> {
        let seen = match &read {
            Ok(text) => Ok(text.clone()),
            Err(error) => Err(error.to_string()),
        };
        let last = self.last.replace(seen);
        if self.last != last || self.last == self.settled {
            return None;
        }
        self.settled.clone_from(&self.last);
        let name = file::name_of(&self.path);
        match read.and_then(|text| self.registry.load_str(&name, &text)) {
            Ok(changes) if changes.is_empty() => None,
            outcome => Some(outcome),
        }
    }
}
