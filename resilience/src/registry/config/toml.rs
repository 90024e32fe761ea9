//! TOML as a tree with places.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{Entry, Node, SyntaxError, Tree};

/// All errors at once, if there are any.
pub(super) fn parse(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let span = table.span();
        let tree = Tree::Table(entries(table.get_ref()));
        return Ok(Node { tree, span });
    }
    let errors = errors.iter().map(|error| SyntaxError {
        at: error.span().map_or(text.len(), |span| span.start),
        problem: error.message().to_owned(),
    });
    Err(errors.collect())
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        Entry {
            key: name.to_string(),
            key_span: key.span(),
            node: node(value),
        }
    };
    table.iter().map(entry).collect()
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let tree = match value.get_ref() {
        DeValue::String(text) => Tree::Text(text.to_string()),
        DeValue::Boolean(flag) => Tree::Bool(*flag),
        DeValue::Integer(integer) => i128::from_str_radix(integer.as_str(), integer.radix())
            .map_or(Tree::Other, Tree::Integer),
        DeValue::Float(float) => float.as_str().parse().map_or(Tree::Other, Tree::Number),
        DeValue::Table(table) => Tree::Table(entries(table)),
        DeValue::Datetime(_) | DeValue::Array(_) => Tree::Other,
    };
    let span = value.span();
    Node { tree, span }
}
