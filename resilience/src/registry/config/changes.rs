//! [`Changes`]: what a registry made different when it loaded a file.

use std::fmt;
use std::sync::Arc;

use super::settings::Settings;

/// One thing that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// There is a new pipeline.
    Added {
        /// Its name.
        pipeline: Arc<str>,
    },
    /// The file has it no more. Whoever has it can go on calling through it.
    Removed {
        /// Its name.
        pipeline: Arc<str>,
    },
    /// A setting of a pipeline is another.
    Setting {
        /// The name of the pipeline.
        pipeline: Arc<str>,
        /// The setting, such as `retry.attempts`.
        path: &'static str,
        /// What was written, in the instance or what it extends; `None` if nothing was.
        old: Option<String>,
        /// What is written now.
        new: Option<String>,
    },
}

/// As `+ billing`, `- billing` or `inventory: retry.attempts: 3 -> 5`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { pipeline } => write!(f, "+ {pipeline}"),
            Self::Removed { pipeline } => write!(f, "- {pipeline}"),
            Self::Setting {
                pipeline,
                path,
                old,
                new,
            } => {
                let said = |value: &Option<String>| value.as_deref().unwrap_or("unset").to_owned();
                write!(f, "{pipeline}: {path}: {} -> {}", said(old), said(new))
            }
        }
    }
}

/// All that loading a file made different, by name of the pipeline. Prints a line for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pub(super) list: Vec<Change>,
}

impl Changes {
    /// The changes.
    #[must_use]
    pub fn list(&self) -> &[Change] {
        &self.list
    }

    /// Whether everything is as it was.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Notes each setting of a pipeline that is another.
    pub(super) fn compare(&mut self, pipeline: &Arc<str>, old: &Settings, new: &Settings) {
        let mut paths: Vec<_> = old.leaves.keys().chain(new.leaves.keys()).collect();
        paths.sort();
        paths.dedup();
        for &path in paths {
            if old.value(path) == new.value(path) {
                continue;
            }
            let shown = |settings: &Settings| {
                let leaf = settings.leaves.get(path)?;
                let is_table = leaf.value == super::settings::Value::Table;
                Some(if is_table {
                    "on".to_owned()
                } else {
                    leaf.written.clone()
                })
            };
            self.list.push(Change::Setting {
                pipeline: Arc::clone(pipeline),
                path,
                old: shown(old),
                new: shown(new),
            });
        }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.list.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{change}")?;
        }
        Ok(())
    }
}
