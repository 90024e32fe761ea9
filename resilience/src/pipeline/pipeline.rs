//! [`Pipeline`]: policies around any call.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::builder::PipelineBuilder;
use super::call::Call;
use super::classify::Unclassified;
use super::lint::Lint;
use super::live::Live;
use super::options::Options;
use super::policy::Policy;
use crate::clock::Now;

/// Policies around a call, the outermost first: one value for any number of callers and for calls
/// of any type. Its clones share all state.
///
/// See the [module](super) for the order of policies and what is checked.
#[derive(Clone)]
pub struct Pipeline {
    pub(super) source: Source,
}

/// Where a call finds its policies.
#[derive(Clone)]
pub(super) enum Source {
    /// They stay what they are.
    Fixed(Arc<Shared>),
    /// A registry may exchange them.
    Live(Arc<Live>),
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) name: Arc<str>,
    pub(super) policies: Box<[Policy]>,
    pub(super) idempotent: bool,
    pub(super) lints: Box<[Lint]>,
    /// Whether a policy asks how long a call has waited on its way in.
    pub(super) asks_wait: bool,
}

impl Shared {
    /// Withdraws another attempt beside those of a call from the budget, if that has room for it:
    /// from the retry's where there is one.
    pub(super) fn withdraw_hedge(&self) -> bool {
        let mut now = Now::default();
        let retry = self.policies.iter().find_map(|policy| match policy {
            Policy::Retry(repeater) => Some(repeater.withdraw(&mut now)),
            _ => None,
        });
        let own = || match self.policies.last() {
            Some(Policy::Hedge(hedger)) => hedger.withdraw(&mut Now::default()),
            _ => false,
        };
        retry.unwrap_or_else(own)
    }
}

impl From<Shared> for Pipeline {
    fn from(shared: Shared) -> Self {
        let source = Source::Fixed(Arc::new(shared));
        Self { source }
    }
}

impl Pipeline {
    /// Begins a pipeline, which names itself in errors and events.
    pub fn builder(name: &str) -> PipelineBuilder {
        PipelineBuilder::new(name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.source {
            Source::Fixed(shared) => &shared.name,
            Source::Live(live) => live.name(),
        }
    }

    /// What is doubtful about its policies; nothing where all is well. Worth a look when the
    /// program starts, or in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::{Pipeline, Retry};
    ///
    /// let shop = Pipeline::builder("shop")
    ///     .timeout(Duration::from_secs(1))
    ///     .retry(Retry::constant(Duration::from_millis(50)))
    ///     .attempt_timeout(Duration::from_millis(500))
    ///     .idempotent()
    ///     .build()?;
    /// assert_eq!(
    ///     shop.lints()[0].to_string(),
    ///     "retry: 3 attempts of attempt_timeout 500ms and 100ms of pauses are over timeout 1s",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lints(&self) -> Vec<Lint> {
        self.hold().policies(self).lints.to_vec()
    }

    /// Makes a call through the policies. `make` makes the future of one attempt.
    ///
    /// An `Err` is a failure of unknown effect; where answers need a closer look, see
    /// [`with`](Self::with).
    ///
    /// # Errors
    ///
    /// [`CallError`](super::CallError): the call's own error, or the rejection of a policy.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the attempt, gives every permit back and leaves nothing behind.
    pub fn call<F, Fut, T, E>(&self, make: F) -> Call<&Self, Unclassified, F, Fut>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        Call::new(self, Options::new(), Unclassified, make)
    }

    /// Whether there are other clones of it.
    pub(super) fn is_shared(&self) -> bool {
        match &self.source {
            Source::Fixed(shared) => Arc::strong_count(shared) > 1,
            Source::Live(live) => Arc::strong_count(live) > 1,
        }
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("name", &self.name())
            .field("policies", &self.hold().policies(self).policies)
            .finish_non_exhaustive()
    }
}
