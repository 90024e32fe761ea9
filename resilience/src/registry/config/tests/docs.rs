//! The table of settings in the docs is the table that the reader goes by.

use crate::registry::config::fields;

const PAGE: &str = include_str!("../../../../docs/registry.md");

fn row(path: &str, kinds: &str, default: Option<&str>, about: &str) -> String {
    let default = match default {
        Some(default) => format!("`{default}`"),
        None => String::new(),
    };
    format!("| `{path}` | {kinds} | {default} | {about} |")
}

#[test]
fn the_docs_have_every_setting_with_its_type_and_default() {
    let rows =
        fields::all().map(|field| row(field.path, &field.expected(), field.default, field.about));
    let table = rows.collect::<Vec<_>>().join("\n");
    let (_, settings) = PAGE.split_once("# Settings").expect("the page has it");
    let written = settings.lines().filter(|line| line.starts_with("| `"));
    let written: Vec<_> = written.collect();
    assert!(
        written.join("\n") == table,
        "put this into docs/registry.md:\n{table}"
    );
}
