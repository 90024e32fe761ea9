//! [`Node`]: what a file says, in the form that TOML and JSON share, with the place of each value.

use std::ops::Range;

/// A value and where it stands, in bytes from the beginning of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) tree: Tree,
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Bool(bool),
    Integer(i128),
    Number(f64),
    Text(String),
    /// Entries as they were written; a key may be there twice.
    Table(Vec<Entry>),
    /// Something that no setting can be.
    Other,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: Node,
}

/// Where and why a file can't be read at all.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SyntaxError {
    pub(super) at: usize,
    pub(super) problem: String,
}
