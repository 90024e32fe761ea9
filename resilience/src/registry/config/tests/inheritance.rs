//! What an instance has from its sets of defaults.

use super::*;
use crate::breaker::Breaker;
use crate::bulkhead::Bulkhead;
use crate::retry::Retry;

fn code() -> PipelineBuilder {
    Pipeline::builder("shop")
}

#[test]
fn settings_are_looked_for_in_the_instance_its_set_and_the_default_one_by_one() {
    let text = r#"
        [defaults.default]
        timeout = "9s"
        retry = { attempts = 2, backoff = "10ms", max_elapsed = "5s" }
        [defaults.batch]
        retry = { attempts = 8, backoff = "20ms" }
        bulkhead = { concurrent = 2 }
        [instances.shop]
        extends = "batch"
        retry = { attempts = 9 }
    "#;
    let expected = code()
        .timeout(secs(9))
        .retry(Retry::constant(ms(20)).attempts(9).max_elapsed(secs(5)))
        .bulkhead(Bulkhead::concurrent(2));
    assert_eq!(shop(text), expected);
}

#[test]
fn without_a_set_of_its_own_an_instance_has_the_default() {
    let text = "[defaults.default]\ntimeout = \"9s\"\n[defaults.other]\ntimeout = \"1s\"\n\
                [instances.shop]";
    assert_eq!(shop(text), code().timeout(secs(9)));
}

#[test]
fn false_ends_what_is_inherited() {
    let text = r#"
        [defaults.default]
        timeout = "9s"
        retry = { attempts = 2, max_elapsed = "5s" }
        circuit_breaker = { consecutive = 3 }
        [instances.shop]
        timeout = false
        retry = { max_elapsed = false }
        circuit_breaker = false
    "#;
    let expected = code().retry(Retry::exponential(ms(50)..=secs(1)).attempts(2));
    assert_eq!(shop(text), expected);
}

#[test]
fn after_false_a_policy_begins_with_its_own_defaults() {
    let text = r#"
        [defaults.default.retry]
        attempts = 2
        [defaults.careful]
        retry = false
        [instances.shop]
        extends = "careful"
        retry = { backoff = "20ms" }
    "#;
    assert_eq!(shop(text), code().retry(Retry::constant(ms(20))));
}

#[test]
fn one_form_of_a_setting_replaces_the_other() {
    let text = |set: &str, own: &str| {
        format!(
            "[defaults.default.circuit_breaker]\nopen_for = {set}\n\
             [instances.shop.circuit_breaker]\nopen_for = {own}\n"
        )
    };
    let table = "{ max = \"20s\" }";
    assert_eq!(
        shop(&text(table, "\"7s\"")),
        code().circuit_breaker(Breaker::rate(0.5).open_for(secs(7)))
    );
    assert_eq!(
        shop(&text("\"7s\"", table)),
        shop(&text("{}", table)),
        "of a single value nothing is left"
    );
}
