//! The layers of the runtime: what stands in `actor/src`, lowest first, and who may know whom.

use std::collections::BTreeSet;

use super::source::Source;

/// A module may know those that come before it, and none that come after. The root (`lib.rs`) is
/// above all.
pub(crate) const LAYERS: &[&str] = &[
    "sync",
    "id",
    "key",
    "failure",
    "signal",
    "time",
    "dead_letters",
    "store",
    "shutdown",
    "environment",
    "mailbox",
    "refs",
    "supervision",
    "tree",
    "behavior",
    "runtime",
    "pool",
    "system",
    "groups",
    "inspect",
    "testkit",
    "guide",
];

/// Who may look up: the file, the module above it, and why.
pub(crate) const EXCEPTIONS: &[(&str, &str, &str)] = &[];

const FOLDER: &str = "actor/src/";

/// Paths of a file that lead to a module above its own.
pub(crate) fn upward(source: &Source, exceptions: &[(&str, &str, &str)]) -> Vec<String> {
    let Some(file) = inside(source) else {
        return Vec::new();
    };
    let from = module(file);
    let mut found = escapes(source, file);
    for (line, to) in imports(source) {
        let excepted = exceptions
            .iter()
            .any(|(path, above, _)| *path == file && *above == to);
        let at = format!("{}:{line}", source.path);
        match (rank(from), rank(&to)) {
            _ if from == to || excepted => {}
            (Some(low), Some(high)) if high < low => {}
            (Some(_), Some(_)) => {
                found.push(format!(
                    "{at}: `{from}` is below `{to}` and may not know it"
                ));
            }
            (_, None) => found.push(format!("{at}: name the module of `{to}`, not the root's")),
            (None, _) => found.push(format!("{at}: `{from}` has no layer; give it one here")),
        }
    }
    found
}

/// Paths out of the module by `super`, which the rule would not see.
fn escapes(source: &Source, file: &str) -> Vec<String> {
    let is_root_of_folder = file.ends_with("/mod.rs");
    let supers = file.matches('/').count() + usize::from(!is_root_of_folder);
    let out = format!("use {}", "super::".repeat(supers));
    source
        .code()
        .iter()
        .filter(|(_, code)| code.starts_with(&out))
        .map(|(line, _)| {
            format!(
                "{}:{line}: write `crate::` for what is not of this module",
                source.path
            )
        })
        .collect()
}

/// Modules that have no layer, and layers that have no module.
pub(crate) fn unnamed(sources: &[Source]) -> Vec<String> {
    let modules: BTreeSet<&str> = sources
        .iter()
        .filter_map(|source| source.path.strip_prefix(FOLDER))
        .map(module)
        .filter(|module| *module != "lib")
        .collect();
    let new = modules.iter().filter(|module| rank(module).is_none());
    let old = LAYERS.iter().filter(|layer| !modules.contains(*layer));
    new.map(|module| format!("{FOLDER}{module} has no layer; give it one"))
        .chain(old.map(|layer| format!("the layer `{layer}` has no module; remove it")))
        .collect()
}

/// Exceptions that nobody makes use of.
pub(crate) fn unneeded(sources: &[Source], exceptions: &[(&str, &str, &str)]) -> Vec<String> {
    exceptions
        .iter()
        .filter(|(file, above, _)| {
            let source = sources
                .iter()
                .find(|source| source.path == format!("{FOLDER}{file}"));
            !source.is_some_and(|source| imports(source).iter().any(|(_, to)| to == above))
        })
        .map(|(file, above, _)| format!("{file} does not look up to `{above}` any more"))
        .collect()
}

/// The path below `actor/src`; tests may know all, and the root exports all.
fn inside(source: &Source) -> Option<&str> {
    let file = source.path.strip_prefix(FOLDER)?;
    (file != "lib.rs" && !source.is_test()).then_some(file)
}

fn module(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module)
}

/// What a file takes from `crate::`, by the first name after it, with its line.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let mut text = String::new();
    let mut starts = Vec::new();
    for (line, code) in source.code() {
        starts.push((text.len(), line));
        text.push_str(code);
        text.push('\n');
    }
    let line_of = |at: usize| {
        let index = starts.partition_point(|(start, _)| *start <= at);
        starts[index - 1].1
    };
    let mut found = Vec::new();
    for (at, path) in text.match_indices("crate::") {
        // `$crate::` in a macro is the root as users see it.
        if text[..at].ends_with(['$', '_']) || text[..at].ends_with(char::is_alphanumeric) {
            continue;
        }
        let rest = &text[at + path.len()..];
        for name in heads(rest) {
            found.push((line_of(at), name));
        }
    }
    found
}

/// The first names of a path, or of each path in a list.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        let end = text.find(|c: char| c != '_' && !c.is_alphanumeric());
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let Some(list) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                found.push(name(&list[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<String> {
        upward(&Source::new(&format!("{FOLDER}{file}"), text), &[])
    }

    #[test]
    fn an_upward_path_is_found_with_both_layers() {
        let wanted =
            ["actor/src/mailbox/post.rs:2: `mailbox` is below `runtime` and may not know it"];
        let text = "//! A.\nuse crate::runtime::Cell;\n";
        assert_eq!(found("mailbox/post.rs", text), wanted);
        let text = "//! A.\nfn a() { crate::runtime::b(); }\n";
        assert_eq!(found("mailbox/post.rs", text), wanted);
        let text = "//! A.\nuse crate::{\n    id::{ActorId, ActorPath},\n    runtime::Cell,\n};\n";
        assert_eq!(found("mailbox/post.rs", text), wanted);
    }

    #[test]
    fn a_way_around_by_super_is_found() {
        for file in ["id.rs", "mailbox/mod.rs"] {
            assert_eq!(
                found(file, "use super::runtime::Cell;\n").len(),
                1,
                "{file}"
            );
        }
        let text = "use super::super::runtime::Cell;\n";
        assert_eq!(found("mailbox/post.rs", text).len(), 1);
        assert!(found("mailbox/a/b.rs", text).is_empty());
        let text = "use super::super::super::runtime::Cell;\n";
        assert_eq!(found("mailbox/a/b.rs", text).len(), 1);
    }

    #[test]
    fn downward_paths_docs_and_tests_are_fine() {
        let text = "//! [`System`](crate::System).\nuse crate::id::ActorId;\nuse super::b;\n";
        assert!(found("mailbox/post.rs", text).is_empty());
        let text = "//! A.\nuse crate::system::System;\n";
        assert!(found("mailbox/tests/fifo.rs", text).is_empty());
        assert!(found("lib.rs", text).is_empty());
    }

    #[test]
    fn a_name_of_the_root_hides_its_layer() {
        let text = "//! A.\nuse crate::ActorRef;\n";
        let wanted = ["actor/src/pool/handle.rs:2: name the module of `ActorRef`, not the root's"];
        assert_eq!(found("pool/handle.rs", text), wanted);
    }

    #[test]
    fn an_exception_holds_for_its_file_and_its_layer_alone() {
        let exceptions = [("behavior/context.rs", "runtime", "needed")];
        let found = |file: &str, layer: &str| {
            let text = format!("//! A.\nuse crate::{layer}::B;\n");
            upward(&Source::new(&format!("{FOLDER}{file}"), &text), &exceptions).len()
        };
        assert_eq!(found("behavior/context.rs", "runtime"), 0);
        assert_eq!(found("behavior/context.rs", "pool"), 1);
        assert_eq!(found("behavior/actor.rs", "runtime"), 1);
    }

    #[test]
    fn an_exception_that_is_not_needed_is_found() {
        let source = Source::new(
            "actor/src/behavior/context.rs",
            "use crate::runtime::Cell;\n",
        );
        let sources = [source];
        let exceptions = [
            ("behavior/context.rs", "runtime", "used"),
            ("behavior/context.rs", "pool", "unused"),
            ("id.rs", "refs", "no such file"),
        ];
        assert_eq!(unneeded(&sources, &exceptions).len(), 2);
    }

    #[test]
    fn a_module_without_a_layer_is_found() {
        let mut sources: Vec<_> = LAYERS
            .iter()
            .map(|layer| Source::new(&format!("{FOLDER}{layer}/mod.rs"), ""))
            .collect();
        assert!(unnamed(&sources).is_empty());
        sources.push(Source::new("actor/src/new.rs", ""));
        sources.remove(0);
        assert_eq!(unnamed(&sources).len(), 2);
    }
}
