//! What a system keeps for its shutdown: hooks by phase, and how it went.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::future::join_all;
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::id::ActorPath;

/// When in a shutdown a hook runs. The phases follow each other; hooks of one run side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// First: tell others that this service goes, so that they send nothing more.
    Announce,
    /// Then: take nothing new from outside, and finish what is under way.
    Drain,
    /// After the actors have ended: flush, close files and connections.
    Close,
}

/// A shutdown that did not go well; the system is down all the same. It says all that went wrong.
#[derive(Debug, Clone, Default, Error)]
#[non_exhaustive]
pub struct ShutdownError {
    /// The failure that had escalated to the root, for which the system had stopped by itself.
    pub failure: Option<Failure>,
    /// Handlers of these actors never yielded, so they were given up on and their threads are
    /// still busy. Look for loops and blocking calls in them; blocking work belongs into
    /// `spawn_blocking_actor`.
    pub abandoned: Vec<ActorPath>,
    /// These hooks did not end within their time-outs, or panicked.
    pub hooks: Vec<String>,
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(failure) = &self.failure {
            parts.push(format!("the system had stopped: {failure}"));
        }
        if !self.abandoned.is_empty() {
            let paths: Vec<_> = self.abandoned.iter().map(ActorPath::as_str).collect();
            let paths = paths.join(", ");
            parts.push(format!(
                "abandoned, since their handlers did not yield: {paths}"
            ));
        }
        if !self.hooks.is_empty() {
            let hooks = self.hooks.join(", ");
            parts.push(format!("hooks that did not end well: {hooks}"));
        }
        f.write_str(&parts.join("; "))
    }
}

type Run = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// One hook.
pub(crate) struct Hook {
    phase: Phase,
    name: String,
    within: Duration,
    run: Run,
}

impl Hook {
    pub(crate) fn new<F, T>(phase: Phase, name: String, within: Duration, hook: F) -> Self
    where
        F: FnOnce() -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        Self {
            phase,
            name,
            within,
            run: Box::new(move || Box::pin(hook()) as _),
        }
    }
}

/// The hooks of a system, and its shutdown once one is under way.
#[derive(Default)]
pub(crate) struct Shutdown {
    pub(crate) hooks: Vec<Hook>,
    pub(crate) result: Option<watch::Receiver<Option<Result<(), ShutdownError>>>>,
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown")
            .field("hooks", &self.hooks.len())
            .finish_non_exhaustive()
    }
}

/// Runs the hooks of a phase side by side; the names of those that did not end well.
pub(crate) async fn run_phase(phase: Phase, hooks: &mut Vec<Hook>) -> Vec<String> {
    let (now, later) = std::mem::take(hooks)
        .into_iter()
        .partition(|hook| hook.phase == phase);
    *hooks = later;
    let now: Vec<Hook> = now;
    let runs = now.into_iter().map(
        async |Hook {
                   name, within, run, ..
               }| {
            // A task of its own, so that a panic in it is its own.
            let mut task = tokio::spawn(async move { run().await });
            match timeout(within, &mut task).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => {
                    tracing::error!(hook = name, %error, "a shutdown hook failed");
                    Some(name)
                }
                Err(_) => {
                    task.abort();
                    tracing::error!(hook = name, ?within, "a shutdown hook took too long");
                    Some(name)
                }
            }
        },
    );
    join_all(runs).await.into_iter().flatten().collect()
}
