//! The JSON schema of configuration files, for editors: made of [`fields`](super::fields).

use serde_json::{Map, Value, json};

use super::field::{Field, Kind};

/// The JSON schema of a configuration file, as text: what `schema/pipelines.schema.json` of this
/// crate holds.
///
/// An editor that knows it completes settings and shows mistakes as they are written. It knows the
/// names and the types; what makes sense together is known to
/// [`load`](super::super::Registry::load) alone.
#[must_use]
pub fn schema() -> String {
    let set = object(&properties(""));
    let mut instance = properties("");
    let extends = "the set of defaults that it extends beside `default`";
    instance.insert(
        "extends".to_owned(),
        json!({ "description": extends, "type": "string" }),
    );
    let by_name = |of: &Value| json!({ "type": "object", "additionalProperties": of });
    let mut definitions = Map::new();
    for (key, field) in Field::below("") {
        definitions.insert(key.to_owned(), of_field(field));
    }
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Pipelines of greenroom-resilience",
        "type": "object",
        "properties": {
            "$schema": { "type": "string" },
            "defaults": by_name(&set),
            "instances": by_name(&object(&instance)),
        },
        "required": ["instances"],
        "additionalProperties": false,
        "definitions": definitions,
    });
    format!("{schema:#}\n")
}

/// What is right below a path; policies by reference, as sets and instances share them.
fn properties(path: &str) -> Map<String, Value> {
    let property = |(key, field): (&'static str, &'static Field)| {
        let of = match path {
            "" => json!({ "$ref": format!("#/definitions/{key}") }),
            _ => of_field(field),
        };
        (key.to_owned(), of)
    };
    Field::below(path).map(property).collect()
}

fn object(properties: &Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn of_field(field: &'static Field) -> Value {
    let mut of = match field.kinds {
        [kind] => of_kind(*kind, field),
        kinds => {
            let each: Vec<_> = kinds.iter().map(|kind| of_kind(*kind, field)).collect();
            json!({ "anyOf": each })
        }
    };
    let about = match field.default {
        Some(default) => format!("{}. Unless set: {default}", field.about),
        None => field.about.to_owned(),
    };
    of["description"] = json!(about);
    of
}

fn of_kind(kind: Kind, field: &'static Field) -> Value {
    match kind {
        Kind::Off => json!({ "const": false }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Time => {
            json!({ "type": "string", "pattern": "^\\s*([0-9][0-9.]*\\s*[a-zA-Zµ]+\\s*)+$" })
        }
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Table => object(&properties(field.path)),
    }
}
