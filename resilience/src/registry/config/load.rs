//! How a registry takes on what a file says: all of it, or nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::changes::{Change, Changes};
use super::document::{self, Instances};
use super::error::ConfigError;
use super::file;
use super::mistake::Collector;
use super::settings::{Settings, join};
use super::watch::Watch;
use crate::pipeline::Pipeline;
use crate::registry::Registry;
use crate::registry::registry::{Entry, Shared};

/// What a file said of a pipeline when it was last loaded.
pub(in crate::registry) struct Written {
    pub(in crate::registry) file: Arc<str>,
    settings: Settings,
}

impl Registry {
    /// An empty registry. `seed` decides all that is drawn at random in the pipelines of its files:
    /// jitter, ramps. Where several processes call one service, give each its own.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        let shared = Shared {
            seed,
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Makes the pipelines of a file what it says, and tells what that changed: at first that all
    /// are added.
    ///
    /// Pipelines that were there follow, and so does everybody who has one; see
    /// [`update`](Self::update) for what they keep. Those that the file had and has no more are
    /// removed. Pipelines of code and of other files are left alone.
    ///
    /// Reads the file at once, and so blocks for a moment; [`watch`](Self::watch) doesn't.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] with all that is wrong; nothing is changed then.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Changes, ConfigError> {
        let path = path.as_ref();
        let text = file::read(path)?;
        self.load_str(&file::name_of(path), &text)
    }

    /// As [`load`](Self::load), for a file whose text comes from elsewhere. The end of its name
    /// says what it is, `.toml` or `.json`.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] with all that is wrong; nothing is changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use greenroom_resilience::registry::Registry;
    ///
    /// let registry = Registry::new();
    /// let refused = registry.load_str("app.toml", "[instances.billing]\ntimeout = \"2 parsecs\"");
    /// assert_eq!(
    ///     refused.unwrap_err().to_string(),
    ///     "app.toml:2:11: instances.billing.timeout: expected a time such as \"250ms\" or false, \
    ///      found \"2 parsecs\"",
    /// );
    /// ```
    pub fn load_str(&self, name: &str, text: &str) -> Result<Changes, ConfigError> {
        let file: Arc<str> = name.into();
        if text.len() as u64 > file::FILE_MAX {
            return Err(ConfigError::TooLarge { file });
        }
        if text.trim().is_empty() {
            return Err(ConfigError::Empty { file });
        }
        let mut notes = Collector::new(text);
        let instances = document::read(&file, text, self.shared.seed, &mut notes)?;
        self.apply(&file, instances, notes)
    }

    /// Follows a file: see [`Watch`].
    pub fn watch(&self, path: impl Into<PathBuf>) -> Watch {
        Watch::new(self.clone(), path.into())
    }

    /// All changes by files come through here.
    fn apply(
        &self,
        file: &Arc<str>,
        instances: Instances,
        mut notes: Collector<'_>,
    ) -> Result<Changes, ConfigError> {
        let mut entries = self.shared.entries.lock();
        let is_ours = |entry: &Entry| matches!(&entry.written, Some(by) if by.file == *file);
        for (name, instance) in &instances {
            if entries
                .get(name.as_str())
                .is_some_and(|entry| !is_ours(entry))
            {
                let problem = "there is a pipeline of this name, of code or of another file";
                notes.note_at(instance.at, &join("instances", name), problem);
            }
        }
        if !notes.is_empty() {
            return Err(notes.finish(Arc::clone(file)).into());
        }
        let mut changes = Changes::default();
        let gone = |name: &str, entry: &Entry| is_ours(entry) && !instances.contains_key(name);
        let removed = entries.extract_if(.., |name, entry| gone(name, entry));
        let removed = removed.map(|(pipeline, _)| Change::Removed { pipeline });
        changes.list.extend(removed);
        for (name, instance) in instances {
            let name: Arc<str> = name.into();
            let written = Written {
                file: Arc::clone(file),
                settings: instance.settings,
            };
            // Its problems would have been noted.
            let sound = "its policies were checked";
            match entries.get_mut(&name) {
                None => {
                    let pipeline = Pipeline::live(instance.builder).expect(sound);
                    let written = Some(written);
                    entries.insert(Arc::clone(&name), Entry { pipeline, written });
                    changes.list.push(Change::Added { pipeline: name });
                }
                Some(entry) => {
                    entry.pipeline.reconfigure(&instance.builder).expect(sound);
                    if let Some(old) = &entry.written {
                        changes.compare(&name, &old.settings, &written.settings);
                    }
                    entry.written = Some(written);
                }
            }
        }
        Ok(changes)
    }
}
