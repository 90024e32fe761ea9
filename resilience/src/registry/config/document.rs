//! A whole file: sets of defaults, and the instances that extend them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::ConfigError;
use super::mistake::Collector;
use super::settings::{Settings, join};
use super::tree::{Entry, Node, Tree};
use super::{json, pipelines, toml};
use crate::pipeline::PipelineBuilder;

/// The set that every instance extends.
const DEFAULT: &str = "default";

/// A pipeline as a file asks for it.
#[derive(Debug)]
pub(super) struct Instance {
    /// With all that it inherits.
    pub(super) settings: Settings,
    pub(super) builder: PipelineBuilder,
    /// Where it stands.
    pub(super) at: usize,
}

/// By name.
pub(super) type Instances = BTreeMap<String, Instance>;

/// Reads a file and notes all that is wrong in it.
pub(super) fn read(
    file: &Arc<str>,
    text: &str,
    seed: u64,
    notes: &mut Collector<'_>,
) -> Result<Instances, ConfigError> {
    let parsed = match file.rsplit_once('.') {
        Some((_, "toml")) => toml::parse(text),
        Some((_, "json")) => json::parse(text),
        _ => {
            let file = Arc::clone(file);
            return Err(ConfigError::UnknownFormat { file });
        }
    };
    match parsed {
        Ok(root) => Ok(of_root(&root, seed, notes)),
        Err(errors) => {
            for error in errors {
                notes.note_at(error.at, "", error.problem);
            }
            Ok(Instances::new())
        }
    }
}

fn of_root(root: &Node, seed: u64, notes: &mut Collector<'_>) -> Instances {
    let Some(entries) = table(root, "", notes) else {
        return Instances::new();
    };
    let (mut sets, mut instances) = (BTreeMap::new(), None);
    for entry in entries {
        let mut section = || table(&entry.node, &entry.key, notes);
        match entry.key.as_str() {
            "defaults" => {
                let entries = section().unwrap_or(&[]);
                sets = read_sets(entries, notes);
            }
            "instances" => instances = Some(section().unwrap_or(&[])),
            // For editors.
            "$schema" => {}
            key => {
                let problem = "unknown; there are defaults, instances";
                notes.note_at(entry.key_span.start, key, problem);
            }
        }
    }
    let Some(entries) = instances else {
        let problem = "has to be said: the pipelines, by name";
        notes.note_at(root.span.start, "instances", problem);
        return Instances::new();
    };
    read_instances(entries, &sets, seed, notes)
}

type Sets = BTreeMap<String, Settings>;

fn read_sets(entries: &[Entry], notes: &mut Collector<'_>) -> Sets {
    let mut sets = Sets::new();
    for entry in entries {
        let section = join("defaults", &entry.key);
        if let Some(entries) = table(&entry.node, &section, notes) {
            let settings = Settings::read(&section, entries, notes);
            if sets.insert(entry.key.clone(), settings).is_some() {
                notes.note_at(entry.key_span.start, &section, "said twice");
            }
        }
    }
    sets
}

fn read_instances(
    entries: &[Entry],
    sets: &Sets,
    seed: u64,
    notes: &mut Collector<'_>,
) -> Instances {
    let mut instances = Instances::new();
    for entry in entries {
        let (name, at) = (entry.key.as_str(), entry.key_span.start);
        let section = join("instances", name);
        let Some(entries) = table(&entry.node, &section, notes) else {
            continue;
        };
        if name.is_empty() {
            notes.note_at(at, "instances", "a pipeline without a name");
        }
        let mut base = sets.get(DEFAULT).cloned().unwrap_or_default();
        let (extends, own): (Vec<_>, Vec<_>) = entries
            .iter()
            .cloned()
            .partition(|entry| entry.key == "extends");
        for entry in &extends {
            if let Some(set) = extended(entry, &section, sets, notes) {
                base = base.overlaid(set);
            }
        }
        let settings = base.overlaid(&Settings::read(&section, &own, notes));
        let builder = pipelines::builder(name, at, &settings, seed, notes);
        let instance = Instance {
            settings,
            builder,
            at,
        };
        if instances.insert(name.to_owned(), instance).is_some() {
            notes.note_at(at, &section, "said twice");
        }
    }
    instances
}

/// The set that an instance names.
fn extended<'s>(
    entry: &Entry,
    section: &str,
    sets: &'s Sets,
    notes: &mut Collector<'_>,
) -> Option<&'s Settings> {
    let set = match &entry.node.tree {
        Tree::Text(name) => sets.get(name),
        _ => None,
    };
    if set.is_none() {
        let names: Vec<_> = sets.keys().map(|name| format!("{name:?}")).collect();
        let problem = match names.as_slice() {
            [] => "expected the name of a set in defaults, of which there is none".to_owned(),
            names => format!(
                "expected the name of a set in defaults: {}",
                names.join(" or ")
            ),
        };
        let path = join(section, "extends");
        notes.note(entry.node.span.clone(), &path, problem);
    }
    set
}

fn table<'n>(node: &'n Node, path: &str, notes: &mut Collector<'_>) -> Option<&'n [Entry]> {
    match &node.tree {
        Tree::Table(entries) => Some(entries),
        _ => {
            notes.note(node.span.clone(), path, "expected a table");
            None
        }
    }
}
