//! What crates may import of the workspace, and where versions stand.

use std::fs;

use super::source::root;

/// A manifest of the workspace.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// The package, or its folder where it has no name.
    package: String,
    text: String,
}

/// What each member may import of the workspace. Nobody imports the last ones.
const IMPORTS: &[(&str, &[&str])] = &[
    ("greenroom-resilience", &[]),
    ("greenroom-macros", &[]),
    ("greenroom", &["greenroom-resilience", "greenroom-macros"]),
    ("greenroom-examples", &["greenroom", "greenroom-resilience"]),
    ("greenroom-benches", &["greenroom", "greenroom-resilience"]),
    (
        "greenroom-tests",
        &["greenroom", "greenroom-resilience", "greenroom-macros"],
    ),
];

/// May pin exact versions of its own: what it compares with, which nothing else uses.
const PEERS: &str = "greenroom-benches";

/// The manifests of all members.
pub(crate) fn manifests() -> Vec<Manifest> {
    let read = |folder: &str| {
        let path = root().join(folder).join("Cargo.toml");
        fs::read_to_string(&path).expect("a member has a manifest")
    };
    members(&read(""))
        .iter()
        .map(|folder| Manifest::new(read(folder)))
        .collect()
}

impl Manifest {
    fn new(text: String) -> Self {
        let name = text
            .lines()
            .find_map(|line| line.strip_prefix("name = "))
            .unwrap_or_default();
        Self {
            package: name.trim_matches('"').to_owned(),
            text,
        }
    }

    /// The lines of all tables of dependencies: name, and what it is set to.
    fn dependencies(&self) -> Vec<(&str, &str)> {
        let mut inside = false;
        let mut found = Vec::new();
        for line in self.text.lines() {
            if let Some(table) = line.strip_prefix('[') {
                inside = table.trim_end_matches(']').ends_with("dependencies");
            } else if inside
                && !line.starts_with(['#', ' '])
                && let Some((name, value)) = line.split_once('=')
            {
                found.push((name.trim(), value.trim()));
            }
        }
        found
    }
}

fn members(root: &str) -> Vec<String> {
    let (_, rest) = root
        .split_once("\nmembers = [")
        .expect("the root has members");
    let (list, _) = rest.split_once(']').expect("the list of members ends");
    list.split(',')
        .map(|member| member.trim().trim_matches('"').to_owned())
        .filter(|member| !member.is_empty())
        .collect()
}

/// Imports within the workspace that are not in the table.
pub(crate) fn edges(manifests: &[Manifest]) -> Vec<String> {
    let mut found = Vec::new();
    for manifest in manifests {
        let package = &manifest.package;
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| name == package) else {
            found.push(format!("`{package}`: say in IMPORTS what it may import"));
            continue;
        };
        for (dependency, _) in manifest.dependencies() {
            let name = dependency.split('.').next().unwrap_or(dependency);
            if name.starts_with("greenroom") && !allowed.contains(&name) {
                found.push(format!("`{package}` may not import `{name}`"));
            }
        }
    }
    found
}

/// Dependencies with a version outside the root's table.
pub(crate) fn versions(manifests: &[Manifest]) -> Vec<String> {
    let mut found = Vec::new();
    for manifest in manifests {
        let package = &manifest.package;
        if manifest.text.contains("dependencies.") {
            found.push(format!(
                "`{package}`: write dependencies on one line each, so that this test sees them"
            ));
        }
        for (name, value) in manifest.dependencies() {
            let from_table = name.ends_with(".workspace") && value == "true"
                || value.contains("workspace = true");
            let pinned = package == PEERS && value.contains("\"=");
            if !from_table && !pinned {
                found.push(format!(
                    "`{package}`: `{name}` has a version of its own; the root's table has them all"
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(package: &str, tables: &str) -> [Manifest; 1] {
        let text = format!("[package]\nname = \"{package}\"\n\n{tables}");
        [Manifest::new(text)]
    }

    #[test]
    fn members_are_read_from_the_root() {
        let root = "[workspace]\nmembers = [\"actor\", \"actor/macros\"]\n";
        assert_eq!(members(root), ["actor", "actor/macros"]);
        let root = "[workspace]\nmembers = [\n    \"actor\",\n    \"tests\",\n]\n";
        assert_eq!(members(root), ["actor", "tests"]);
    }

    #[test]
    fn an_import_the_wrong_way_is_found() {
        let tables = "[dependencies]\ntokio.workspace = true\ngreenroom.workspace = true\n";
        let wrong = manifest("greenroom-resilience", tables);
        assert_eq!(
            edges(&wrong),
            ["`greenroom-resilience` may not import `greenroom`"]
        );
        assert!(edges(&manifest("greenroom-examples", tables)).is_empty());
        let tables = "[target.'cfg(unix)'.dev-dependencies]\n\
                      greenroom-benches = { workspace = true }\n";
        assert_eq!(edges(&manifest("greenroom-tests", tables)).len(), 1);
    }

    #[test]
    fn a_member_without_a_place_is_found() {
        assert_eq!(edges(&manifest("greenroom-new", "")).len(), 1);
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        for line in [
            "tokio = \"1\"",
            "tokio = { version = \"1\" }",
            "tokio.version = \"1\"",
        ] {
            let wrong = manifest("greenroom", &format!("[dependencies]\n{line}\n"));
            assert_eq!(versions(&wrong).len(), 1, "{line}");
        }
        let tables = "[dependencies.tokio]\nversion = \"1\"\n";
        assert_eq!(versions(&manifest("greenroom", tables)).len(), 1);
    }

    #[test]
    fn only_peers_are_pinned() {
        let tables = "[dependencies]\nactix = \"=0.13.5\"\ntokio = { workspace = true }\n";
        assert!(versions(&manifest(PEERS, tables)).is_empty());
        assert_eq!(versions(&manifest("greenroom", tables)).len(), 1);
        let tables = "[dependencies]\nactix = \"0.13.5\"\n";
        assert_eq!(versions(&manifest(PEERS, tables)).len(), 1);
    }
}
