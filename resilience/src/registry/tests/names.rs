//! What is in a registry, and what is refused.

use super::*;
use crate::{Breaker, Bulkhead};

#[test]
fn a_pipeline_is_had_by_its_name_until_it_is_removed() {
    let registry = Registry::new();
    insert(&registry, builder());
    insert(&registry, Pipeline::builder("billing"));
    assert_eq!(registry.names(), ["billing".into(), "inventory".into()]);
    let found = registry.clone().get("inventory").expect("it is in");
    assert_eq!(found.name(), "inventory");
    assert!(registry.remove("inventory").is_some());
    assert!(registry.get("inventory").is_none());
    assert!(registry.remove("inventory").is_none());
}

#[test]
fn a_name_is_taken_once() {
    let registry = Registry::new();
    insert(&registry, builder());
    let error = registry.insert(builder()).expect_err("it is taken");
    assert_eq!(error, RegistryError::Taken("inventory".into()));
    assert_eq!(
        error.to_string(),
        "there is a pipeline \"inventory\" already"
    );
}

#[test]
fn only_what_is_there_is_updated() {
    let error = Registry::new().update(builder()).expect_err("it is empty");
    assert_eq!(error, RegistryError::Unknown("inventory".into()));
}

#[tokio::test(start_paused = true)]
async fn policies_that_cannot_work_change_nothing() {
    let registry = Registry::new();
    let pipeline = insert(
        &registry,
        builder().circuit_breaker(Breaker::consecutive(1)),
    );
    let bad = builder()
        .circuit_breaker(Breaker::consecutive(9))
        .bulkhead(Bulkhead::concurrent(0));
    let error = registry.update(bad).expect_err("it has no places");
    assert!(matches!(error, RegistryError::Pipeline(..)), "{error}");
    fail(&pipeline).await.expect_err("it is down");
    assert!(
        reason(call(&pipeline).await).is_some(),
        "one failure still opens it"
    );
    let bad = Pipeline::builder("new").timeout(ms(0));
    registry.insert(bad).expect_err("no call ends in no time");
    assert!(registry.get("new").is_none());
}
