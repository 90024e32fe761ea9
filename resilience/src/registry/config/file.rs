//! Reads a file, within bounds.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::error::ConfigError;

/// The largest file that is read, in bytes: a MiB, some thousands of pipelines.
pub const FILE_MAX: u64 = 1 << 20;

pub(super) fn name_of(path: &Path) -> Arc<str> {
    path.display().to_string().into()
}

/// The text of a file that has one. Once it is open, it stays the same file, whatever is renamed.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    let file = name_of(path);
    let failed = |error| ConfigError::Read {
        file: Arc::clone(&file),
        error,
    };
    // Asked first: to open a pipe would wait for its writer.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(ConfigError::NotAFile { file });
    }
    let mut bytes = Vec::new();
    let opened = File::open(path).map_err(failed)?;
    let bounded = opened.take(FILE_MAX + 1).read_to_end(&mut bytes);
    bounded.map_err(failed)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(ConfigError::TooLarge { file });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let file = Arc::clone(&file);
        ConfigError::NotText { file, valid }
    })?;
    if text.trim().is_empty() {
        return Err(ConfigError::Empty { file });
    }
    Ok(text)
}
