//! The Rust files of the workspace, and which part of each is product and which is test.

use std::fs;
use std::path::{Path, PathBuf};

/// One file.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the workspace's root, with `/` between names.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            text: text.into(),
        }
    }

    /// A file of mistakes, or of code that a user could have written, for the compile-fail suite.
    pub(crate) fn is_snippet(&self) -> bool {
        self.path.starts_with("tests/compile_fail/")
            && !self.path.ends_with("/compile_fail/main.rs")
    }

    /// A file that holds only tests: in a folder of tests, or a `tests.rs` beside its subject.
    pub(crate) fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
    }

    /// How many lines come before a trailing `mod tests { .. }`; all lines, if there is none.
    ///
    /// Such a block must be the last item, under a `#[cfg(..test..)]` of its own.
    pub(crate) fn product_lines(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let last = lines.iter().rposition(|line| *line == "mod tests {");
        match last {
            Some(at) if at > 0 && is_test_cfg(lines[at - 1]) => at - 1,
            _ => lines.len(),
        }
    }

    /// The lines of the product, numbered from 1, without comments; none where all is test.
    ///
    /// A `//` inside a string ends its line too: good enough, for what comes after it is no code.
    pub(crate) fn code(&self) -> Vec<(usize, &str)> {
        let product = if self.is_test() {
            0
        } else {
            self.product_lines()
        };
        self.all_code().take(product).collect()
    }

    /// All lines, tests among them, numbered from 1, without comments.
    pub(crate) fn all_code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| {
            let code = line.find("//").map_or(line, |at| &line[..at]);
            (index + 1, code)
        })
    }
}

fn is_test_cfg(line: &str) -> bool {
    line.starts_with("#[cfg(") && line.contains("test")
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    member
        .parent()
        .expect("this member has a folder of its own")
        .to_owned()
}

/// All Rust files below the root; build output and hidden folders are not looked at.
pub(crate) fn workspace() -> Vec<Source> {
    let mut sources = Vec::new();
    walk(&root(), "", &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn walk(folder: &Path, prefix: &str, sources: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).expect("the workspace can be read");
    for entry in entries {
        let entry = entry.expect("the workspace can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), sources);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).expect("sources are text");
            sources.push(Source { path, text });
        }
    }
}

#[test]
fn a_trailing_block_of_tests_is_no_product() {
    let text = "//! A.\n\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    let source = Source::new("actor/src/a.rs", text);
    assert_eq!(source.product_lines(), 4);
    assert_eq!(source.code().last(), Some(&(4, "")));
    let declared = Source::new("actor/src/a.rs", "#[cfg(test)]\nmod tests;\nfn a() {}\n");
    assert_eq!(declared.product_lines(), 3);
}

#[test]
fn tests_are_known_by_their_place() {
    for path in [
        "tests/tidy/main.rs",
        "actor/tests/macros/main.rs",
        "actor/src/mailbox/tests/fifo.rs",
        "actor/src/mailbox/loom_tests.rs",
        "resilience/src/backoff/tests.rs",
    ] {
        assert!(Source::new(path, "").is_test(), "{path}");
    }
    assert!(!Source::new("actor/src/testkit/probe.rs", "").is_test());
}

#[test]
fn comments_are_no_code() {
    let source = Source::new("actor/src/a.rs", "let a = 1; // todo!()\n/// dbg!\n");
    assert_eq!(source.code(), [(1, "let a = 1; "), (2, "")]);
}
