//! Files on a disk.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::registry::config::FILE_MAX;

/// A folder, and a file in it that need not be there.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("pipelines.toml");
    (folder, path)
}

#[test]
fn a_file_is_loaded() {
    let (_folder, path) = place();
    fs::write(&path, "[instances.shop]\n").expect("it can be written");
    let changes = Registry::new().load(&path).expect("it is right");
    assert_eq!(changes.to_string(), "+ shop");
}

#[test]
fn mistakes_name_the_file() {
    let (_folder, path) = place();
    fs::write(&path, "[instances.shop]\nx = 1\n").expect("it can be written");
    let error = Registry::new()
        .load(&path)
        .expect_err("x is unknown")
        .to_string();
    let begin = format!("{}:2:1: instances.shop.x: unknown", path.display());
    assert!(error.starts_with(&begin), "{error}");
}

#[test]
fn what_is_no_readable_text_is_a_named_error() {
    let (folder, path) = place();
    let registry = Registry::new();
    let load = |content: Option<&[u8]>| {
        if let Some(content) = content {
            fs::write(&path, content).expect("it can be written");
        }
        registry.load(&path).expect_err("it is refused")
    };
    assert!(matches!(load(None), ConfigError::Read { .. }));
    assert!(matches!(load(Some(b"")), ConfigError::Empty { .. }));
    assert!(matches!(load(Some(b" \n")), ConfigError::Empty { .. }));
    let error = load(Some(b"abc\xff"));
    assert!(
        matches!(error, ConfigError::NotText { valid: 3, .. }),
        "{error}"
    );
    let most = FILE_MAX as usize;
    let error = load(Some(&vec![b'#'; most]));
    assert!(
        matches!(error, ConfigError::Mistakes(_)),
        "just small enough: {error}"
    );
    let error = load(Some(&vec![b'#'; most + 1]));
    assert!(matches!(error, ConfigError::TooLarge { .. }), "{error}");
    let error = load(Some(&vec![b'#'; 10_000_000]));
    assert!(matches!(error, ConfigError::TooLarge { .. }), "{error}");
    let error = registry.load(folder.path()).expect_err("a folder");
    assert!(matches!(error, ConfigError::NotAFile { .. }), "{error}");
}
