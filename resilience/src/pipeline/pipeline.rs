//! [`Pipeline`]: policies around any call.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::builder::PipelineBuilder;
use super::call::Call;
use super::classify::{Classify, Unclassified};
use super::policy::Policy;

/// Policies around a call, the outermost first: one value for any number of callers and for calls
/// of any type. Its clones share all state.
///
/// See the [module](super) for the order of policies and what is checked.
#[derive(Clone)]
pub struct Pipeline {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) name: Arc<str>,
    pub(super) policies: Box<[Policy]>,
    pub(super) idempotent: bool,
}

impl From<Shared> for Pipeline {
    fn from(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self { shared }
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
        &self.shared.name
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
        Call::new(self, Unclassified, make)
    }

    /// What depends on the types of a call: how its results are classified.
    pub fn with(&self) -> With<'_, Unclassified> {
        With {
            pipeline: self,
            classify: Unclassified,
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("name", &self.shared.name)
            .field("policies", &self.shared.policies)
            .finish_non_exhaustive()
    }
}

/// A pipeline together with what depends on the types of a call; see [`Pipeline::with`].
#[derive(Debug, Clone, Copy)]
#[must_use = "it does nothing until `call`"]
pub struct With<'p, K> {
    pipeline: &'p Pipeline,
    classify: K,
}

impl<'p, K> With<'p, K> {
    /// Sets what a result means to the policies.
    pub fn classify<K2>(self, classify: K2) -> With<'p, K2> {
        With {
            pipeline: self.pipeline,
            classify,
        }
    }

    /// Makes a call, as [`Pipeline::call`] does.
    ///
    /// # Errors
    ///
    /// [`CallError`](super::CallError): the call's own error, or the rejection of a policy.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the attempt, gives every permit back and leaves nothing behind.
    pub fn call<F, Fut, T, E>(self, make: F) -> Call<&'p Pipeline, K, F, Fut>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        K: Classify<T, E>,
    {
        Call::new(self.pipeline, self.classify, make)
    }
}
