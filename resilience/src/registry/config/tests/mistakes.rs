//! What is wrong in a file: all of it, where it stands, and what was expected.

use super::*;
use crate::registry::config::{FILE_MAX, MISTAKES_MAX};

#[test]
fn all_mistakes_are_told_at_once() {
    let text = r#"[defaults.default]
timeout = 5
retry.attempts = 0

[instances.inventory]
extends = "fast"
retry.attemps = 3
bulkhead = { queue = 4 }

[instances.billing.circuit_breaker]
failure_rate = 1.5
window = "ten"

[instances.shipping]
attempt_timeout = "3s"
timeout = "2s"

[instnces.typo]
"#;
    let expected = [
        "2:11: defaults.default.timeout: expected a time such as \"250ms\" or false, found 5",
        "3:18: defaults.default.retry.attempts: retry allows zero attempts; the first one \
         counts, so at least 1 is needed, found 0",
        "6:11: instances.inventory.extends: expected the name of a set in defaults: \"default\", \
         found \"fast\"",
        "7:7: instances.inventory.retry.attemps: unknown; there are attempts, backoff, \
         max_elapsed, budget, retry_after_max",
        "8:1: instances.inventory.bulkhead: \"concurrent\" has to be said",
        "12:10: instances.billing.circuit_breaker.window: expected a time such as \"250ms\" or a \
         whole number, found \"ten\"",
        "14:12: instances.shipping.idempotent: to be said: after the attempt_timeout of 3s nobody \
         knows whether an attempt had its effect; true if a call may have it twice, false to \
         repeat only what was refused",
        "15:19: instances.shipping.attempt_timeout: attempt_timeout 3s is not shorter than timeout \
         2s, found \"3s\"",
        "18:2: instnces: unknown; there are defaults, instances",
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|line| format!("test.toml:{line}"))
        .collect();
    assert_eq!(wrong(text), expected);
}

/// What is said of `a`, with a mark before what is wrong about it, and of which setting that is.
const CANNOT_WORK: &[(&str, &str)] = &[
    ("timeout = @\"0s\"", "timeout"),
    ("retry.attempts = @0", "retry.attempts"),
    ("retry.max_elapsed = @\"0s\"", "retry.max_elapsed"),
    ("retry.budget.share = @2", "retry.budget.share"),
    (
        "retry.@budget = { share = 0, per_second = 0 }",
        "retry.budget",
    ),
    ("retry.backoff = { min = @\"0s\" }", "retry.backoff.min"),
    ("retry.backoff.max = @\"1ms\"", "retry.backoff.max"),
    ("retry.backoff.factor = @nan", "retry.backoff.factor"),
    (
        "circuit_breaker.failure_rate = @0",
        "circuit_breaker.failure_rate",
    ),
    (
        "circuit_breaker.failure_rate = @1.01",
        "circuit_breaker.failure_rate",
    ),
    (
        "circuit_breaker.failure_rate = @false",
        "circuit_breaker.failure_rate",
    ),
    (
        "circuit_breaker.consecutive = @0",
        "circuit_breaker.consecutive",
    ),
    ("circuit_breaker.window = @\"0s\"", "circuit_breaker.window"),
    ("circuit_breaker.window = @0", "circuit_breaker.window"),
    (
        "circuit_breaker.window = @1_000_001",
        "circuit_breaker.window",
    ),
    (
        "circuit_breaker = { window = 5, min_calls = @9 }",
        "circuit_breaker.min_calls",
    ),
    (
        "circuit_breaker.open_for = @\"0s\"",
        "circuit_breaker.open_for",
    ),
    (
        "circuit_breaker.half_open = @0",
        "circuit_breaker.half_open",
    ),
    ("rate_limit.permits = @0", "rate_limit.permits"),
    (
        "rate_limit = { permits = 1, per = @\"0s\" }",
        "rate_limit.per",
    ),
    (
        "rate_limit = { permits = 1, burst = @0 }",
        "rate_limit.burst",
    ),
    ("bulkhead.concurrent = @0", "bulkhead.concurrent"),
    (
        "bulkhead = { concurrent = 1, queue = @3 }",
        "bulkhead.queue",
    ),
    (
        "bulkhead = { concurrent = 1, max_wait = @\"1s\" }",
        "bulkhead.max_wait",
    ),
    (
        "bulkhead = { concurrent = 1, order = @\"lifo\" }",
        "bulkhead.order",
    ),
    (
        "circuit_breaker.slow = { longer_than = @\"0s\", rate = 0.5 }",
        "circuit_breaker.slow.longer_than",
    ),
    (
        "circuit_breaker.slow = { longer_than = \"1s\", rate = @0 }",
        "circuit_breaker.slow.rate",
    ),
    (
        "circuit_breaker.min_calls = @0",
        "circuit_breaker.min_calls",
    ),
    (
        "circuit_breaker.open_for.min = @\"0s\"",
        "circuit_breaker.open_for.min",
    ),
    (
        "circuit_breaker.open_for.max = @\"1s\"",
        "circuit_breaker.open_for.max",
    ),
    (
        "circuit_breaker.open_for.factor = @0.5",
        "circuit_breaker.open_for.factor",
    ),
    (
        "circuit_breaker.half_open = @\"0s\"",
        "circuit_breaker.half_open",
    ),
    (
        "circuit_breaker.half_open_limit = @\"0s\"",
        "circuit_breaker.half_open_limit",
    ),
    (
        "rate_limit = { kind = \"sliding_window\", permits = 9, burst = @9 }",
        "rate_limit.burst",
    ),
    (
        "rate_limit = { kind = \"sliding_window\", permits = @100_001 }",
        "rate_limit.permits",
    ),
    (
        "bulkhead = { concurrent = 1, queue = @1_000_001, max_wait = \"1s\" }",
        "bulkhead.queue",
    ),
    ("attempt_timeout = @\"0s\"", "attempt_timeout"),
    ("retry.attempts = @101", "retry.attempts"),
    ("throttle.factor = @0.5", "throttle.factor"),
    ("throttle.window = @\"0s\"", "throttle.window"),
    ("@load_shed = {}", "load_shed"),
    (
        "@load_shed = { target = \"5ms\", in_flight = 3 }",
        "load_shed",
    ),
    ("load_shed.target = @\"5ms\"", "load_shed.target"),
    ("load_shed.in_flight = @0", "load_shed.in_flight"),
    (
        "load_shed = { target = \"5ms\", interval = @\"1ms\" }\n\
         rate_limit = { permits = 5, max_wait = \"1s\" }",
        "load_shed.interval",
    ),
    ("@adaptive_concurrency = {}", "adaptive_concurrency"),
    (
        "adaptive_concurrency = { algorithm = \"vegas\", min = @0 }",
        "adaptive_concurrency.min",
    ),
    (
        "adaptive_concurrency = { algorithm = \"vegas\", max = @3 }",
        "adaptive_concurrency.max",
    ),
    (
        "adaptive_concurrency = { algorithm = \"vegas\", initial = @1 }",
        "adaptive_concurrency.initial",
    ),
    (
        "adaptive_concurrency = { algorithm = \"vegas\", window = @\"0s\" }",
        "adaptive_concurrency.window",
    ),
    (
        "adaptive_concurrency = { algorithm = \"vegas\", failure_rate = @0 }",
        "adaptive_concurrency.failure_rate",
    ),
    (
        "adaptive_concurrency = { algorithm = \"vegas\", slow = @\"1s\" }",
        "adaptive_concurrency.slow",
    ),
    ("@hedge = {}\nidempotent = true", "hedge"),
    (
        "@hedge = { after = \"1s\", quantile = 0.9 }\nidempotent = true",
        "hedge",
    ),
    (
        "hedge = { quantile = 0.9, attempts = @9 }\nidempotent = true",
        "hedge.attempts",
    ),
    (
        "@hedge = { quantile = 0.9, min = \"0s\" }\nidempotent = true",
        "hedge",
    ),
    (
        "hedge = { quantile = 0.9, budget = { share = @2 } }\nidempotent = true",
        "hedge.budget.share",
    ),
    (
        "hedge = { quantile = 0.9, @budget = { share = 0, per_second = 0 } }\nidempotent = true",
        "hedge.budget",
    ),
    ("hedge.after = @\"0s\"\nidempotent = true", "hedge.after"),
    ("hedge.quantile = @1\nidempotent = true", "hedge.quantile"),
    (
        "hedge = { quantile = 0.9, @budget = {} }\nretry = {}\nidempotent = true",
        "hedge.budget",
    ),
];

#[test]
fn what_no_policy_can_work_with_is_told_where_it_stands() {
    for (marked, path) in CANNOT_WORK {
        let column = marked.find('@').expect("it is marked") + 1;
        let said = marked.replace('@', "");
        let found = wrong(&format!("[instances.a]\n{said}\n"));
        let expected = format!("test.toml:2:{column}: instances.a.{path}: ");
        let is_told = found.len() == 1 && found[0].starts_with(&expected);
        assert!(is_told, "{said}: {found:#?}");
    }
}

#[test]
fn values_of_another_type_are_told_with_what_was_expected() {
    for (said, expected) in [
        (
            "timeout = \"5\"",
            "a time such as \"250ms\" or false, found \"5\"",
        ),
        (
            "timeout = -1",
            "a time such as \"250ms\" or false, found -1",
        ),
        (
            "timeout = true",
            "a time such as \"250ms\" or false, found true",
        ),
        (
            "timeout = [\"1s\"]",
            "a time such as \"250ms\" or false, found [\"1s\"]",
        ),
        (
            "timeout = 1979-05-27",
            "a time such as \"250ms\" or false, found 1979-05-27",
        ),
        (
            "timeout = { after = \"1s\" }",
            "a time such as \"250ms\" or false, not a table",
        ),
        ("retry = true", "a table or false, found true"),
        ("retry.attempts = -3", "a whole number, found -3"),
        ("retry.attempts = 3.0", "a whole number, found 3.0"),
        (
            "retry.attempts = 4294967296",
            "a whole number, found 4294967296",
        ),
        ("retry.attempts = false", "a whole number, found false"),
        ("idempotent = \"yes\"", "true or false, found \"yes\""),
        (
            "bulkhead = { concurrent = 1, order = \"random\" }",
            "\"fifo\" or \"lifo\", found \"random\"",
        ),
    ] {
        let found = wrong(&format!("[instances.a]\n{said}\n"));
        let expected = format!("expected {expected}");
        assert!(
            found.len() == 1 && found[0].ends_with(&expected),
            "{said}: {found:#?}"
        );
    }
}

#[test]
fn a_mistake_in_a_set_is_told_once_and_also_where_nobody_extends_it() {
    let text = "[defaults.default]\ntimeout = \"0s\"\n[defaults.unused]\nretry = 7\n\
                [instances.a]\n[instances.b]\n";
    assert_eq!(
        wrong(text),
        [
            "test.toml:2:11: defaults.default.timeout: the timeout is zero, found \"0s\"",
            "test.toml:4:9: defaults.unused.retry: expected a table or false, found 7",
        ]
    );
}

#[test]
fn sections_that_are_no_tables_are_told() {
    assert_eq!(
        wrong("defaults = 1\ninstances = \"none\"\n"),
        [
            "test.toml:1:12: defaults: expected a table, found 1",
            "test.toml:2:13: instances: expected a table, found \"none\"",
        ]
    );
    let expected = "test.toml:2:6: instances.shop: expected a table, found 5";
    assert_eq!(wrong("[instances]\nshop=5\n"), [expected]);
    let expected = "test.toml:1:1: instances: has to be said: the pipelines, by name";
    assert_eq!(wrong("[defaults.default]\n"), [expected]);
}

#[test]
fn columns_count_characters() {
    let found = wrong("[instances.\"größer\"]\nretry = { \"ä\" = 1, attempts = \"ü\" }\n");
    assert!(found[0].starts_with("test.toml:2:11: instances.größer.retry.ä: unknown"));
    assert!(found[1].starts_with("test.toml:2:31: instances.größer.retry.attempts: expected"));
}

#[test]
fn mistakes_past_the_bound_are_counted() {
    let lines = (0..MISTAKES_MAX + 5).map(|index| format!("k{index} = 1\n"));
    let found = wrong(&format!("[instances.a]\n{}", lines.collect::<String>()));
    assert_eq!(found.len(), MISTAKES_MAX + 1);
    assert_eq!(found[MISTAKES_MAX], "test.toml: and 5 more");
}

#[test]
fn long_values_are_cut() {
    let long = "x".repeat(5_000);
    let found = wrong(&format!("[instances.a]\ntimeout = \"{long}\"\n"));
    assert!(
        found[0].len() < 200 && found[0].ends_with("xx.."),
        "{found:?}"
    );
}

#[test]
fn a_file_of_ten_megabytes_an_empty_one_and_one_of_another_kind_are_refused() {
    let registry = Registry::new();
    let large = "#".repeat(10_000_000);
    let error = registry
        .load_str("test.toml", &large)
        .expect_err("it is too large");
    let expected = format!("test.toml: over the most a configuration can have, {FILE_MAX} bytes");
    assert_eq!(error.to_string(), expected);
    for empty in ["", " \n\n"] {
        let error = registry
            .load_str("test.toml", empty)
            .expect_err("it is empty");
        assert_eq!(error.to_string(), "test.toml: empty");
    }
    for name in ["test.yaml", "test", "toml"] {
        let error = registry
            .load_str(name, "a: 1")
            .expect_err("it is something else");
        assert_eq!(
            error.to_string(),
            format!("{name}: neither .toml nor .json")
        );
    }
}
