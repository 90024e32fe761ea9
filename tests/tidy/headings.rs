//! What files are called, and what stands at their head.

use super::source::Source;

/// The first line says what the file is for. Snippets of the compile-fail suite need not: what they
/// show is in the compiler's answer.
pub(crate) fn first_line(source: &Source) -> Vec<String> {
    let first = source.text.lines().next().unwrap_or_default();
    let said = first
        .strip_prefix("//!")
        .is_some_and(|text| !text.trim().is_empty());
    if said || source.is_snippet() {
        return Vec::new();
    }
    vec![format!(
        "{}:1: begin the file with `//! What it is for`",
        source.path
    )]
}

/// Names under which anything could be put, so that everything ends up there.
const SUBJECTLESS: [&str; 6] = ["utils", "util", "common", "helpers", "helper", "misc"];

pub(crate) fn name(source: &Source) -> Vec<String> {
    source
        .path
        .split('/')
        .map(|part| part.trim_end_matches(".rs"))
        .filter(|part| SUBJECTLESS.contains(part))
        .map(|part| {
            format!(
                "{}: `{part}` says nothing; name it after what it holds",
                source.path
            )
        })
        .collect()
}

/// The lint table forbids unsafe code for members that take part in it; a root of a library says it
/// by itself, so that it holds wherever the crate is built.
pub(crate) fn root(source: &Source) -> Vec<String> {
    let library = ["actor/", "resilience/"]
        .iter()
        .any(|library| source.path == format!("{library}src/lib.rs"));
    if !library || source.text.contains("\n#![forbid(unsafe_code)]\n") {
        return Vec::new();
    }
    vec![format!("{}: add `#![forbid(unsafe_code)]`", source.path)]
}

#[test]
fn a_file_without_a_first_line_is_found() {
    for text in ["", "use a::b;\n", "\n//! Late.\n", "//!\n//! Empty.\n"] {
        assert_eq!(
            first_line(&Source::new("actor/src/a.rs", text)).len(),
            1,
            "{text:?}"
        );
    }
    assert!(first_line(&Source::new("actor/src/a.rs", "//! A.\n")).is_empty());
    assert!(first_line(&Source::new("tests/compile_fail/fail/a.rs", "")).is_empty());
}

#[test]
fn a_file_without_a_subject_is_found() {
    assert_eq!(name(&Source::new("actor/src/refs/utils.rs", "")).len(), 1);
    assert_eq!(name(&Source::new("actor/src/common/mod.rs", "")).len(), 1);
    assert!(name(&Source::new("actor/src/refs/commonly.rs", "")).is_empty());
}

#[test]
fn a_root_that_allows_unsafe_code_is_found() {
    assert_eq!(root(&Source::new("actor/src/lib.rs", "//! A.\n")).len(), 1);
    let text = "//! A.\n\n#![forbid(unsafe_code)]\n";
    assert!(root(&Source::new("actor/src/lib.rs", text)).is_empty());
    assert!(root(&Source::new("actor/src/id.rs", "")).is_empty());
}
