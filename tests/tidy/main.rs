//! Tidy: the rules of the code that neither the compiler nor clippy checks.
//!
//! A rule is a function from a file (or a manifest) to what is wrong with it, and has its own test
//! against text that breaks it. The tests in this file run all rules over the whole workspace.

mod banned;
mod crates;
mod headings;
mod layers;
mod size;
mod source;

use source::{Source, workspace};

/// Fails with everything that is wrong at once, so that one run shows it all.
fn none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn check(rule: impl Fn(&Source) -> Vec<String>) {
    let sources = workspace();
    assert!(sources.len() > 50, "the walk has lost the workspace");
    none(&sources.iter().flat_map(rule).collect::<Vec<_>>());
}

#[test]
fn every_file_says_first_what_it_is_for() {
    check(headings::first_line);
}

#[test]
fn no_file_is_named_for_having_no_subject() {
    check(headings::name);
}

#[test]
fn library_roots_forbid_unsafe_code() {
    check(headings::root);
}

#[test]
fn lines_are_short() {
    check(size::lines);
}

#[test]
fn functions_are_short() {
    check(|source| size::functions(source, size::LONG_FUNCTIONS));
}

#[test]
fn files_are_short() {
    check(|source| size::file(source, size::LONG_FILES));
}

#[test]
fn known_long_files_are_long_still() {
    none(&size::gone(&workspace(), size::LONG_FILES));
}

#[test]
fn known_long_functions_are_long_still() {
    none(&size::shorter(&workspace(), size::LONG_FUNCTIONS));
}

#[test]
fn nothing_banned_is_called() {
    check(banned::calls);
}

#[test]
fn the_runtime_imports_downward() {
    check(|source| layers::upward(source, layers::EXCEPTIONS));
}

#[test]
fn layers_name_every_module_of_the_runtime() {
    none(&layers::unnamed(&workspace()));
}

#[test]
fn exceptions_to_the_layers_are_needed_still() {
    none(&layers::unneeded(&workspace(), layers::EXCEPTIONS));
}

#[test]
fn crates_import_one_way() {
    none(&crates::edges(&crates::manifests()));
}

#[test]
fn versions_stand_in_one_table() {
    none(&crates::versions(&crates::manifests()));
}
