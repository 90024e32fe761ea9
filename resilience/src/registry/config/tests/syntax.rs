//! TOML and JSON: what can't be parsed, and that both say the same.

use proptest::prelude::*;

use super::*;

const TOML: &str = r#"
[defaults.default]
timeout = "2s"
retry = { attempts = 4, backoff = { max = "300ms" } }
idempotent = true

[instances.inventory]
attempt_timeout = "400ms"
circuit_breaker = { failure_rate = 0.25, window = 50, slow = false }

[instances.billing]
retry = false
"#;

const JSON: &str = r#"{
  "$schema": "https://example.com/pipelines.schema.json",
  "defaults": {
    "default": {
      "timeout": "2s",
      "retry": { "attempts": 4, "backoff": { "max": "300ms" } },
      "idempotent": true
    }
  },
  "instances": {
    "inventory": {
      "attempt_timeout": "400ms",
      "circuit_breaker": { "failure_rate": 0.25, "window": 50, "slow": false }
    },
    "billing": { "retry": false }
  }
}
"#;

fn builders(file: &str, text: &str) -> Vec<PipelineBuilder> {
    let mut notes = Collector::new(text);
    let read = document::read(&file.into(), text, 0, &mut notes).expect("a known format");
    assert!(notes.is_empty(), "{}", notes.finish(file.into()));
    read.into_values()
        .map(|instance| instance.builder)
        .collect()
}

#[test]
fn json_says_what_toml_says() {
    let toml = builders("a.toml", TOML);
    assert_eq!(toml.len(), 2);
    assert_eq!(toml, builders("a.json", JSON));
}

#[test]
fn mistakes_in_json_have_their_places_too() {
    let text = r#"{
  "instances": {
    "shop": { "timeout": 5, "timeout": "1s", "retry": { "attempts": 0 }, "bulkhead": null },
    "shop": [],
    "": {}
  }
}"#;
    assert_eq!(
        wrong_in("a.json", text),
        [
            "a.json:3:26: instances.shop.timeout: expected a time such as \"250ms\" or false, \
             found 5",
            "a.json:3:29: instances.shop.timeout: said twice",
            "a.json:3:69: instances.shop.retry.attempts: retry allows zero attempts; the \
             first one counts, so at least 1 is needed, found 0",
            "a.json:3:86: instances.shop.bulkhead: expected a table or false, found null",
            "a.json:4:13: instances.shop: expected a table, found []",
            "a.json:5:5: instances: a pipeline without a name",
        ]
    );
}

#[test]
fn what_cannot_be_parsed_is_told_by_line() {
    let found = wrong("[instances.a]\ntimeout = \n[instances.b\nretry = {\n");
    assert!(found.len() >= 2, "all of them: {found:?}");
    assert!(found[0].starts_with("test.toml:2:"), "{found:?}");
    assert!(found[1].starts_with("test.toml:3:"), "{found:?}");
    let twice = wrong("[instances.a]\ntimeout = \"1s\"\ntimeout = \"2s\"\n");
    assert_eq!(twice, ["test.toml:3:1: duplicate key"]);
    let found = wrong_in("a.json", "{\n  \"instances\": {\n");
    assert!(found[0].starts_with("a.json:"), "{found:?}");
    for text in [
        "{ // no comments\n \"instances\": {} }",
        "{ 'instances': {} }",
        "{\"a\":1,}",
        "{} {}",
    ] {
        assert_eq!(wrong_in("a.json", text).len(), 1, "{text}");
    }
}

#[test]
fn what_is_nested_without_end_is_refused() {
    let deep = 200_000;
    let toml = format!("a = {}", "[".repeat(deep));
    assert!(!wrong(&toml).is_empty());
    let keys = format!("{}a = 1", "a.".repeat(deep));
    assert!(!wrong(&keys).is_empty());
    let json = "[".repeat(deep);
    assert!(!wrong_in("a.json", &json).is_empty());
    let json = "{\"a\":".repeat(deep);
    assert!(!wrong_in("a.json", &json).is_empty());
}

#[test]
fn every_half_of_a_file_is_refused_or_says_less() {
    for (file, text) in [("a.toml", TOML), ("a.json", JSON)] {
        for end in 0..text.len() {
            let registry = Registry::new();
            match registry.load_str(file, &text[..end]) {
                Ok(changes) => assert!(changes.list().len() <= 2),
                Err(_) => assert_eq!(registry.names().len(), 0),
            }
        }
    }
}

proptest! {
    #[test]
    fn nothing_that_is_written_breaks_it(text in "\\PC{0,200}", at in 0_usize..400) {
        for (file, good) in [("a.toml", TOML), ("a.json", JSON)] {
            let at = at.min(good.len());
            let mixed = format!("{}{text}{}", &good[..at], &good[at..]);
            for text in [&text, &mixed] {
                if let Err(error) = Registry::new().load_str(file, text) {
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
