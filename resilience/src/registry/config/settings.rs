//! [`Settings`]: what a file says of one pipeline, setting by setting, each with its place.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::field::{Field, Kind};
use super::mistake::Collector;
use super::tree::{Entry, Node, Tree};

/// A value that stands where it may.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Off,
    Flag(bool),
    Count(u32),
    Number(f64),
    Time(Duration),
    Word(&'static str),
    Table,
    /// What stands there can't be read, which has been noted.
    Bad,
}

#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) value: Value,
    /// As it is written.
    pub(super) written: String,
    pub(super) span: Range<usize>,
    /// With the section: `defaults.default.retry.attempts`.
    pub(super) place: String,
}

/// By path from the pipeline down.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) leaves: BTreeMap<&'static str, Leaf>,
}

impl Settings {
    /// Reads a section, such as `instances.inventory`, and notes what can't be read.
    pub(super) fn read(section: &str, entries: &[Entry], notes: &mut Collector<'_>) -> Self {
        let mut settings = Self::default();
        settings.read_below(section, "", entries, notes);
        settings
    }

    fn read_below(
        &mut self,
        section: &str,
        above: &str,
        entries: &[Entry],
        notes: &mut Collector<'_>,
    ) {
        for entry in entries {
            let path = join(above, &entry.key);
            let place = join(section, &path);
            let Some(field) = Field::of(&path) else {
                let known: Vec<_> = Field::below(above).map(|(key, _)| key).collect();
                let problem = format!("unknown; there are {}", known.join(", "));
                notes.note_at(entry.key_span.start, &place, problem);
                continue;
            };
            let value = read_value(field, &entry.node, &place, notes);
            let span = match value {
                Value::Table => entry.key_span.clone(),
                _ => entry.node.span.clone(),
            };
            let leaf = Leaf {
                written: notes.shown(&entry.node.span),
                value,
                span,
                place: place.clone(),
            };
            if self.leaves.insert(field.path, leaf).is_some() {
                notes.note_at(entry.key_span.start, &place, "said twice");
            }
            if let (Tree::Table(entries), true) = (&entry.node.tree, field.allows_table()) {
                self.read_below(section, field.path, entries, notes);
            }
        }
    }

    /// These, with what `others` say over them: setting by setting, and `false` or a single value
    /// where there was a table ends all of it.
    pub(super) fn overlaid(&self, others: &Self) -> Self {
        let mut leaves = self.leaves.clone();
        for (path, leaf) in &others.leaves {
            if leaf.value != Value::Table {
                leaves.retain(|other, _| !is_below(path, other));
            }
            leaves.insert(path, leaf.clone());
        }
        Self { leaves }
    }

    /// What stands there, if it can be read.
    pub(super) fn value(&self, path: &str) -> Option<&Value> {
        self.leaves.get(path).map(|leaf| &leaf.value)
    }

    /// Whether there is such a policy, and all that is said of it can be read.
    pub(super) fn is_on(&self, path: &str) -> bool {
        let said = self.value(path).is_some_and(|value| *value != Value::Off);
        let of_it = |other: &str| other == path || is_below(path, other);
        let mut leaves = self.leaves.iter();
        said && !leaves.any(|(other, leaf)| of_it(other) && leaf.value == Value::Bad)
    }

    pub(super) fn count(&self, path: &str) -> Option<u32> {
        match self.value(path)? {
            Value::Count(count) => Some(*count),
            _ => None,
        }
    }

    pub(super) fn number(&self, path: &str) -> Option<f64> {
        match self.value(path)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn time(&self, path: &str) -> Option<Duration> {
        match self.value(path)? {
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }

    pub(super) fn word(&self, path: &str) -> Option<&'static str> {
        match self.value(path)? {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    /// What stands at the path, or at the nearest above it.
    pub(super) fn nearest(&self, path: &str) -> Option<&Leaf> {
        let leaf = self.leaves.get(path);
        leaf.or_else(|| self.nearest(path.rsplit_once('.')?.0))
    }
}

impl Field {
    fn allows_table(&self) -> bool {
        self.kinds.contains(&Kind::Table)
    }
}

pub(super) fn join(above: &str, key: &str) -> String {
    match above {
        "" => key.to_owned(),
        above => format!("{above}.{key}"),
    }
}

fn is_below(above: &str, path: &str) -> bool {
    let rest = path.strip_prefix(above);
    rest.is_some_and(|rest| rest.starts_with('.'))
}

fn read_value(field: &Field, node: &Node, place: &str, notes: &mut Collector<'_>) -> Value {
    let mut kinds = field.kinds.iter();
    if let Some(value) = kinds.find_map(|kind| kind.read(&node.tree)) {
        return value;
    }
    let problem = format!("expected {}", field.expected());
    match node.tree {
        Tree::Table(_) => notes.note_at(node.span.start, place, format!("{problem}, not a table")),
        _ => notes.note(node.span.clone(), place, problem),
    }
    Value::Bad
}

impl Kind {
    fn read(self, tree: &Tree) -> Option<Value> {
        match (self, tree) {
            (Self::Off, Tree::Bool(false)) => Some(Value::Off),
            (Self::Flag, Tree::Bool(flag)) => Some(Value::Flag(*flag)),
            (Self::Count, Tree::Integer(count)) => u32::try_from(*count).ok().map(Value::Count),
            (Self::Number, Tree::Number(number)) => Some(Value::Number(*number)),
            (Self::Number, Tree::Integer(number)) => Some(Value::Number(*number as f64)),
            (Self::Time, Tree::Text(text)) => humantime::parse_duration(text).ok().map(Value::Time),
            (Self::Word(words), Tree::Text(text)) => {
                let word = words.iter().find(|word| *word == text);
                word.map(|word| Value::Word(word))
            }
            (Self::Table, Tree::Table(_)) => Some(Value::Table),
            _ => None,
        }
    }
}
