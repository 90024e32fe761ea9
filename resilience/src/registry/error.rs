//! [`RegistryError`]: why a pipeline was not taken into a registry.

use std::sync::Arc;

use thiserror::Error;

use crate::pipeline::PipelineError;

/// Why a registry took a pipeline neither in nor over. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// There is a pipeline of this name. Choose another name, or [update](super::Registry::update)
    /// the one that is there.
    #[error("there is a pipeline {0:?} already")]
    Taken(Arc<str>),
    /// There is no pipeline of this name to be updated. [Insert](super::Registry::insert) it.
    #[error("there is no pipeline {0:?}")]
    Unknown(Arc<str>),
    /// The pipeline is what a configuration file says, and the next change of the file would undo
    /// the update. Change the file.
    #[error("pipeline {name:?} is configured by {file}")]
    OfFile {
        /// The name of the pipeline.
        name: Arc<str>,
        /// The file.
        file: Arc<str>,
    },
    /// The policies can't work.
    #[error("pipeline {0:?}: {1}")]
    Pipeline(Arc<str>, PipelineError),
}
