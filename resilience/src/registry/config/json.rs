//! JSON as a tree with places: strictly JSON, without comments or what else editors let pass.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::tree::{Entry, Node, SyntaxError, Tree};

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The first error, if there is one.
pub(super) fn parse(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT);
    let parsed = parsed.map_err(|error| {
        let problem = error.kind().to_string().to_lowercase();
        let at = error.range().start;
        vec![SyntaxError { at, problem }]
    })?;
    parsed.value.as_ref().map(node).ok_or_else(|| {
        let problem = "there is no value".to_owned();
        vec![SyntaxError { at: 0, problem }]
    })
}

fn node(value: &Value<'_>) -> Node {
    let range = value.range();
    let tree = match value {
        Value::StringLit(text) => Tree::Text(text.value.to_string()),
        Value::BooleanLit(flag) => Tree::Bool(flag.value),
        Value::NumberLit(number) => match number.value.parse() {
            Ok(integer) => Tree::Integer(integer),
            Err(_) => number.value.parse().map_or(Tree::Other, Tree::Number),
        },
        Value::Object(object) => Tree::Table(entries(object)),
        Value::Array(_) | Value::NullKeyword(_) => Tree::Other,
    };
    let span = range.start..range.end;
    Node { tree, span }
}

fn entries(object: &Object<'_>) -> Vec<Entry> {
    let properties = object.properties.iter();
    let entry = |property: &jsonc_parser::ast::ObjectProp<'_>| {
        let range = property.name.range();
        Entry {
            key: property.name.as_str().to_owned(),
            key_span: range.start..range.end,
            node: node(&property.value),
        }
    };
    properties.map(entry).collect()
}
