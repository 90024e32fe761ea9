//! [`Registry`]: pipelines by name, which keep their state when their settings change.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::error::RegistryError;
use crate::pipeline::{Pipeline, PipelineBuilder};

/// Pipelines by name. Its clones are the same registry.
///
/// A pipeline is put in by code with [`insert`](Self::insert), or by a configuration file (feature
/// `config`). Either way its settings can change while calls go through it: whoever has it, or a
/// clone of it, follows, and what its policies have counted and lent out stays.
///
/// # Examples
///
/// ```
/// use greenroom_resilience::registry::Registry;
/// use greenroom_resilience::{Breaker, Bulkhead, Pipeline};
///
/// let registry = Registry::new();
/// let builder = Pipeline::builder("inventory").bulkhead(Bulkhead::concurrent(8));
/// let inventory = registry.insert(builder.clone())?;
///
/// registry.update(builder.circuit_breaker(Breaker::rate(0.5)))?;
/// assert!(registry.get("inventory").is_some());
/// # drop(inventory); // it has a breaker now
/// # Ok::<(), greenroom_resilience::registry::RegistryError>(())
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    pub(super) shared: Arc<Shared>,
}

#[derive(Default)]
pub(super) struct Shared {
    #[cfg(feature = "config")]
    pub(super) seed: u64,
    /// Changes of settings are made under it, one after the other.
    pub(super) entries: Mutex<BTreeMap<Arc<str>, Entry>>,
}

pub(super) struct Entry {
    pub(super) pipeline: Pipeline,
    /// Of one that a file configures.
    #[cfg(feature = "config")]
    pub(super) written: Option<super::config::Written>,
}

impl Entry {
    /// The file that configures it.
    fn file(&self) -> Option<Arc<str>> {
        #[cfg(feature = "config")]
        let file = self
            .written
            .as_ref()
            .map(|written| Arc::clone(&written.file));
        #[cfg(not(feature = "config"))]
        let file = None;
        file
    }
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a pipeline and takes it in, by its name.
    ///
    /// # Errors
    ///
    /// [`Taken`](RegistryError::Taken), and [`Pipeline`](RegistryError::Pipeline) where its
    /// policies can't work.
    pub fn insert(&self, builder: PipelineBuilder) -> Result<Pipeline, RegistryError> {
        let name = Arc::clone(builder.name());
        let mut entries = self.shared.entries.lock();
        if entries.contains_key(&name) {
            return Err(RegistryError::Taken(name));
        }
        let pipeline = Pipeline::live(builder)
            .map_err(|error| RegistryError::Pipeline(Arc::clone(&name), error))?;
        let entry = Entry {
            pipeline: pipeline.clone(),
            #[cfg(feature = "config")]
            written: None,
        };
        entries.insert(name, entry);
        Ok(pipeline)
    }

    /// Has the pipeline of that name take on other policies, or other settings of them.
    ///
    /// A policy that was there before keeps its state. One that was not begins, one that is gone is
    /// forgotten, and calls under way end under the policies under which they began.
    ///
    /// # Errors
    ///
    /// [`Unknown`](RegistryError::Unknown), [`OfFile`](RegistryError::OfFile), and
    /// [`Pipeline`](RegistryError::Pipeline) where its policies can't work.
    #[expect(clippy::needless_pass_by_value, reason = "as `insert` has it")]
    pub fn update(&self, builder: PipelineBuilder) -> Result<(), RegistryError> {
        let name = Arc::clone(builder.name());
        let entries = self.shared.entries.lock();
        let Some(entry) = entries.get(&name) else {
            return Err(RegistryError::Unknown(name));
        };
        if let Some(file) = entry.file() {
            return Err(RegistryError::OfFile { name, file });
        }
        let done = entry.pipeline.reconfigure(&builder);
        done.map_err(|error| RegistryError::Pipeline(name, error))
    }

    /// The pipeline of this name. Whoever calls often keeps it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Pipeline> {
        let entries = self.shared.entries.lock();
        entries.get(name).map(|entry| entry.pipeline.clone())
    }

    /// Forgets the pipeline of this name and returns it. Whoever has it can go on calling through
    /// it.
    ///
    /// One that a file configures comes back, as a new one, when the file is loaded again.
    #[expect(clippy::must_use_candidate, reason = "mostly it is to be gone")]
    pub fn remove(&self, name: &str) -> Option<Pipeline> {
        let removed = self.shared.entries.lock().remove(name);
        removed.map(|entry| entry.pipeline)
    }

    /// The names of all pipelines, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<Arc<str>> {
        self.shared.entries.lock().keys().cloned().collect()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registry").field(&self.names()).finish()
    }
}
