//! [`ConfigError`]: why a configuration file changed nothing.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::file::FILE_MAX;
use super::mistake::Mistakes;

/// Why a configuration file changed nothing: all pipelines are as they were.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file could not be read: it is not there, not to be read by this process, or was taken
    /// away meanwhile.
    #[error("{file}: {error}")]
    Read {
        /// The file.
        file: Arc<str>,
        /// What the system said.
        error: io::Error,
    },
    /// It is a directory, a pipe or a device. Name a file.
    #[error("{file}: not a file")]
    NotAFile {
        /// The path.
        file: Arc<str>,
    },
    /// The file is larger than [`FILE_MAX`]. It is hardly a configuration; if it is, make several
    /// files of it.
    #[error("{file}: over the most a configuration can have, {FILE_MAX} bytes")]
    TooLarge {
        /// The file.
        file: Arc<str>,
    },
    /// There is nothing in the file, as in one that is just being written. To have no pipelines,
    /// write an empty table of `instances`.
    #[error("{file}: empty")]
    Empty {
        /// The file.
        file: Arc<str>,
    },
    /// The file is not text.
    #[error("{file}: not UTF-8 after {valid} bytes")]
    NotText {
        /// The file.
        file: Arc<str>,
        /// How many bytes of it are.
        valid: usize,
    },
    /// The name says neither TOML nor JSON. Let it end in `.toml` or `.json`.
    #[error("{file}: neither .toml nor .json")]
    UnknownFormat {
        /// The file.
        file: Arc<str>,
    },
    /// What is in it is not right.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}
