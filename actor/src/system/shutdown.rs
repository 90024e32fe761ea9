//! Shutting down in order: hooks in phases around the end of the actors.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::system::System;
use crate::refs::Subject;
use crate::shutdown::{Hook, Phase, ShutdownError, run_phase};

impl System {
    /// Runs `hook` in a phase of the shutdown, for at most `within`; once a shutdown has begun it
    /// is too late, and the hook never runs.
    ///
    /// A hook that panics or takes too long is named by the shutdown's error.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use greenroom::{Phase, System};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let system = System::new("shop");
    /// system.on_shutdown(Phase::Close, "store", Duration::from_secs(3), || async {
    ///     // Flush what the actors have written.
    /// });
    /// system.shutdown().await?;
    /// # Ok(()) }
    /// ```
    pub fn on_shutdown<F, T>(&self, phase: Phase, name: &str, within: Duration, hook: F)
    where
        F: FnOnce() -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let hook = Hook::new(phase, name.to_owned(), within, hook);
        self.environment().shutdown.lock().hooks.push(hook);
    }

    /// Shuts down: hooks of the phases `Announce` and `Drain`, then all actors in the reverse order
    /// of their starting, each after what it has queued and with its own grace, then hooks of
    /// `Close`. A second call waits for the first.
    ///
    /// Siblings end one after the other, so in the worst case their graces add up. What a killed or
    /// abandoned actor held may be dropped a little after this has returned. A handler that awaits
    /// it waits for its own end, and is killed after its grace: let a task do it.
    ///
    /// # Errors
    ///
    /// [`ShutdownError`]: names the actors that could not be ended, the failure for which the
    /// system had stopped before, and the hooks that did not end.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the shutdown goes on by itself.
    pub async fn shutdown(&self) -> Result<(), ShutdownError> {
        let Some(runtime) = self.environment().runtime() else {
            return Ok(());
        };
        let (mut result, begin) = {
            let mut shutdown = self.environment().shutdown.lock();
            match &shutdown.result {
                Some(result) => (result.clone(), None),
                None => {
                    let (sender, receiver) = watch::channel(None);
                    shutdown.result = Some(receiver.clone());
                    let hooks = std::mem::take(&mut shutdown.hooks);
                    (receiver, Some((sender, hooks)))
                }
            }
        };
        // After the lock: a runtime that is going down drops the task, and the hooks, at once.
        if let Some((sender, hooks)) = begin {
            let system = self.clone();
            runtime.spawn(async move {
                let result = system.go_down(hooks).await;
                sender.send_replace(Some(result));
            });
        }
        match result.wait_for(Option::is_some).await {
            Ok(result) => result.clone().unwrap_or(Ok(())),
            // The runtime is going down, and took the shutdown with it.
            Err(_) => Ok(()),
        }
    }

    /// Waits for SIGTERM or SIGINT (ctrl-c elsewhere than on Unix), then shuts down.
    ///
    /// It waits for signals alone; [`terminated`](Self::terminated) tells when the system has
    /// stopped by itself. The [guide](crate::guide::shutdown) has a `main` that does both.
    ///
    /// # Errors
    ///
    /// As [`shutdown`](Self::shutdown). When signals can't be waited for, that is logged and the
    /// shutdown begins at once.
    ///
    /// # Cancel safety
    ///
    /// Dropped before a signal came, nothing has happened.
    pub async fn shutdown_on_signal(&self) -> Result<(), ShutdownError> {
        if let Err(error) = a_signal().await {
            tracing::error!(%error, "can't wait for signals: shutting down");
        }
        self.shutdown().await
    }

    async fn go_down(&self, mut hooks: Vec<Hook>) -> Result<(), ShutdownError> {
        let mut error = ShutdownError::default();
        for phase in [Phase::Announce, Phase::Drain] {
            error.hooks.extend(run_phase(phase, &mut hooks).await);
        }
        Subject::stop(Arc::clone(self.root()) as _);
        let reason = self.terminated().await;
        error
            .hooks
            .extend(run_phase(Phase::Close, &mut hooks).await);
        error.failure = reason.failure().cloned();
        error.abandoned = self.environment().abandoned.lock().clone();
        if error.failure.is_none() && error.abandoned.is_empty() && error.hooks.is_empty() {
            Ok(())
        } else {
            Err(error)
        }
    }
}

#[cfg(unix)]
async fn a_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (terminate, interrupt) = (
        std::pin::pin!(terminate.recv()),
        std::pin::pin!(interrupt.recv()),
    );
    futures::future::select(terminate, interrupt).await;
    Ok(())
}

#[cfg(not(unix))]
async fn a_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
