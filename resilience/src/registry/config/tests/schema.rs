//! The JSON schema in the repository: that it is what the code makes, and knows what the code
//! knows.

use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::registry::config::schema;

const EXAMPLE: &str = include_str!("../../../../schema/pipelines.example.toml");

fn compiled() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema()).expect("it is JSON");
    jsonschema::validator_for(&schema).expect("it is a schema")
}

/// Writes it anew where the environment asks for that.
#[test]
fn the_schema_in_the_repository_is_what_the_code_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/pipelines.schema.json");
    let made = schema();
    if std::env::var_os("WRITE_SCHEMA").is_some() {
        std::fs::write(&path, &made).expect("it can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    // By value: the order of keys is another where something else in the build asks for that.
    let [kept, made] = [kept, made].map(|text| serde_json::from_str::<Value>(&text).ok());
    assert!(
        kept == made,
        "run this test with WRITE_SCHEMA=1 and commit what it writes"
    );
}

#[test]
fn the_example_in_the_repository_is_right_by_code_and_by_schema() {
    let changes = load(&Registry::new(), EXAMPLE);
    assert!(changes.list().len() >= 2, "{changes}");
    let value: Value = ::toml::from_str(EXAMPLE).expect("it is TOML");
    let errors: Vec<_> = compiled()
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn the_schema_refuses_what_the_code_refuses_by_name_or_type() {
    let schema = compiled();
    for (shop, is_right) in [
        (json!({}), true),
        (json!({ "timeout": "1h 30m" }), true),
        (json!({ "timeout": "1.5s" }), true),
        (
            json!({ "retry": false, "circuit_breaker": { "window": 5, "min_calls": 5 } }),
            true,
        ),
        (json!({ "extends": "default" }), true),
        (json!({ "timeout": 5 }), false),
        (json!({ "timeout": "5" }), false),
        (json!({ "timeout": true }), false),
        (json!({ "timeot": "5s" }), false),
        (json!({ "retry": { "attempts": "3" } }), false),
        (json!({ "retry": { "attempts": 3.5 } }), false),
        (json!({ "retry": { "attempts": -1 } }), false),
        (json!({ "retry": { "attempt": 3 } }), false),
        (
            json!({ "retry": { "backoff": { "jitter": "some" } } }),
            false,
        ),
        (json!({ "retry": true }), false),
        (json!({ "extends": 5 }), false),
        (json!(5), false),
    ] {
        let file = json!({ "defaults": { "default": {} }, "instances": { "shop": shop } });
        let loaded = Registry::new().load_str("a.json", &file.to_string());
        assert_eq!(loaded.is_ok(), is_right, "{file}: {loaded:?}");
        assert_eq!(schema.is_valid(&file), is_right, "{file}");
    }
    assert!(
        !schema.is_valid(&json!({ "defaults": {} })),
        "without instances"
    );
    assert!(!schema.is_valid(&json!({ "instances": {}, "pipelines": {} })));
}
