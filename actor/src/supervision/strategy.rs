//! How an actor supervises its children.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use greenroom_resilience::backoff::{Backoff, Jitter};

use crate::failure::Failure;

/// Whom a restart concerns besides the child that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Nobody else: for children that don't depend on each other.
    #[default]
    OneForOne,
    /// All children: for those that can't do without each other.
    OneForAll,
    /// Those started after it: for a chain in which each builds on the ones before.
    RestForOne,
}

/// Which ends of a child its supervisor answers with a new start.
///
/// `stop()` and `kill()`, through a reference or by the parent, are final for every kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChildKind {
    /// Started again whenever it fails or ends itself.
    Permanent,
    /// Started again when it fails. The default: an actor that ends itself has a reason.
    #[default]
    Transient,
    /// Never started again.
    Temporary,
}

/// What a supervisor chooses to do about one failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// Go on with the same instance. After a panic its state can't be trusted, so it is restarted.
    Resume,
    /// Start a new instance, with the same reference and mailbox.
    #[default]
    Restart,
    /// End the child. In a [`Pool`](crate::Pool) its worker is gone then, and keys that were routed
    /// to it go to others.
    Stop,
    /// Fail in the child's place.
    Escalate,
}

type Choose = Arc<dyn Fn(&Failure) -> OnFailure + Send + Sync>;

/// How an actor supervises its children: scope, restart intensity, backoff, and what to do about
/// which failure.
///
/// ```
/// use std::time::Duration;
/// use greenroom::supervision::{OnFailure, Strategy};
///
/// let strategy = Strategy::rest_for_one()
///     .intensity(3, Duration::from_secs(60))
///     .on_failure(|failure| {
///         if failure.downcast_ref::<std::fmt::Error>().is_some() {
///             OnFailure::Resume
///         } else {
///             OnFailure::Restart
///         }
///     });
/// # let _ = strategy;
/// ```
#[derive(Clone)]
pub struct Strategy {
    pub(super) scope: Scope,
    pub(super) restarts_max: u32,
    pub(super) window: Duration,
    pub(super) healthy_after: Duration,
    pub(super) backoff: Backoff,
    choose: Option<Choose>,
}

impl Strategy {
    fn new(scope: Scope) -> Self {
        Self {
            scope,
            restarts_max: 5,
            window: Duration::from_secs(30),
            healthy_after: Duration::from_secs(30),
            backoff: Backoff::exponential(Duration::from_millis(20)..=Duration::from_secs(5))
                .jitter(Jitter::Equal),
            choose: None,
        }
    }

    /// Restarts the child that failed. Intensity is counted for each child by itself.
    #[must_use]
    pub fn one_for_one() -> Self {
        Self::new(Scope::OneForOne)
    }

    /// Restarts all children when one fails. Intensity is counted for all together.
    ///
    /// They end in reverse order, each with the message in hand finished within its stop grace, and
    /// start in order, each once the one before has: a `started` that hangs keeps the rest waiting.
    #[must_use]
    pub fn one_for_all() -> Self {
        Self::new(Scope::OneForAll)
    }

    /// Restarts the child that failed and those started after it. Intensity is counted for all
    /// together. The order is that of [`one_for_all`](Self::one_for_all).
    #[must_use]
    pub fn rest_for_one() -> Self {
        Self::new(Scope::RestForOne)
    }

    /// Sets how many restarts within `window` are tolerated; the next failure escalates.
    ///
    /// The default is 5 in 30 s: with the default backoff a child that fails at once gets there
    /// within a second, one that fails now and then never.
    #[must_use]
    pub fn intensity(mut self, restarts_max: u32, window: Duration) -> Self {
        self.restarts_max = restarts_max;
        self.window = window;
        self
    }

    /// Sets the delay before each restart in a row. The default is exponential, from 20 ms to 5 s
    /// with equal jitter (half fixed, half random), so that what many children fail at is not hit
    /// by all of them at once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use greenroom::supervision::{Backoff, Jitter, Strategy};
    ///
    /// let at_most_a_minute = Duration::from_secs(1)..=Duration::from_secs(60);
    /// let backoff = Backoff::exponential(at_most_a_minute).jitter(Jitter::Full);
    /// let strategy = Strategy::one_for_one().backoff(backoff);
    /// # let _ = strategy;
    /// ```
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets how long a child must have lived for the backoff to begin anew: 30 s by default, as
    /// long as the window of the intensity.
    #[must_use]
    pub fn healthy_after(mut self, period: Duration) -> Self {
        self.healthy_after = period;
        self
    }

    /// Chooses by failure; its error type can be matched with [`Failure::downcast_ref`]. Every
    /// failure means a restart by default, and so does a panic in `choose`.
    #[must_use]
    pub fn on_failure(
        mut self,
        choose: impl Fn(&Failure) -> OnFailure + Send + Sync + 'static,
    ) -> Self {
        self.choose = Some(Arc::new(choose));
        self
    }

    /// Whom a restart concerns.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What the choice is for a failure; a panic in the user's closure means the default.
    pub(super) fn choice(&self, failure: &Failure) -> OnFailure {
        let Some(choose) = &self.choose else {
            return OnFailure::default();
        };
        crate::failure::caught(|| choose(failure)).unwrap_or_else(|panic| {
            tracing::error!(failure = %panic, "a supervisor's on_failure panicked");
            OnFailure::default()
        })
    }
}

impl Default for Strategy {
    fn default() -> Self {
        Self::one_for_one()
    }
}

impl fmt::Debug for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Strategy")
            .field("scope", &self.scope)
            .field("restarts_max", &self.restarts_max)
            .field("window", &self.window)
            .field("backoff", &self.backoff)
            .finish_non_exhaustive()
    }
}
