//! A registry that is told of a file again.

use super::*;
use crate::breaker::BreakerState;
use crate::registry::RegistryError;

const BEFORE: &str = r#"
[defaults.default]
timeout = "2s"
[instances.inventory]
circuit_breaker = { consecutive = 2, open_for = "5s" }
[instances.billing]
"#;

#[test]
fn at_first_everything_is_added() {
    let registry = Registry::new();
    assert_eq!(
        load(&registry, BEFORE).to_string(),
        "+ billing\n+ inventory"
    );
    assert!(load(&registry, BEFORE).is_empty());
    assert!(load(&registry, &BEFORE.replace("\"2s\"", "\"2000ms\"")).is_empty());
}

#[test]
fn what_changed_is_told_setting_by_setting() {
    let registry = Registry::new();
    load(&registry, BEFORE);
    let after = r#"
[defaults.default]
timeout = "3s"
[instances.inventory]
circuit_breaker = { consecutive = 4 }
retry = { attempts = 5 }
idempotent = true
[instances.shipping]
"#;
    let expected = "- billing\n\
                    inventory: circuit_breaker.consecutive: 2 -> 4\n\
                    inventory: circuit_breaker.open_for: \"5s\" -> unset\n\
                    inventory: idempotent: unset -> true\n\
                    inventory: retry: unset -> on\n\
                    inventory: retry.attempts: unset -> 5\n\
                    inventory: timeout: \"2s\" -> \"3s\"\n\
                    + shipping";
    assert_eq!(load(&registry, after).to_string(), expected);
    assert_eq!(registry.names(), ["inventory".into(), "shipping".into()]);
}

#[tokio::test(start_paused = true)]
async fn handles_follow_and_state_is_kept() {
    let registry = Registry::new();
    load(&registry, BEFORE);
    let inventory = registry.get("inventory").expect("it was added");
    for _ in 0..2 {
        fail(&inventory).await;
    }
    load(
        &registry,
        &BEFORE.replace(
            "[instances.inventory]",
            "[instances.inventory]\nretry = false",
        ),
    );
    load(&registry, &BEFORE.replace("\"5s\"", "\"1s\""));
    let open = Some(Reason::Breaker(BreakerState::Open));
    assert_eq!(rejection(&inventory).await, open);
    tokio::time::advance(ms(4_999)).await;
    assert_eq!(
        rejection(&inventory).await,
        open,
        "it was told 5 s when it opened"
    );
    tokio::time::advance(ms(1)).await;
    assert_eq!(rejection(&inventory).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_file_with_a_mistake_changes_nothing() {
    let registry = Registry::new();
    load(&registry, BEFORE);
    let inventory = registry.get("inventory").expect("it was added");
    let bad = "[instances.inventory]\ntimeout = \"1ms\"\n[instances.new]\ntimeout = \"0s\"\n";
    registry
        .load_str("test.toml", bad)
        .expect_err("a call of no time");
    assert_eq!(registry.names(), ["billing".into(), "inventory".into()]);
    let slow = || async {
        tokio::time::sleep(ms(100)).await;
        Ok::<_, ()>(())
    };
    assert_eq!(inventory.call(slow).await, Ok(()));
    assert!(load(&registry, BEFORE).is_empty());
}

#[test]
fn a_name_belongs_to_code_or_to_one_file() {
    let registry = Registry::new();
    registry
        .insert(Pipeline::builder("billing"))
        .expect("it is free");
    let error = registry
        .load_str("test.toml", BEFORE)
        .expect_err("it is taken");
    let expected = "test.toml:6:12: instances.billing: there is a pipeline of this name, of code \
                    or of another file";
    assert_eq!(error.to_string(), expected);
    assert_eq!(registry.names(), ["billing".into()]);

    registry
        .load_str("other.toml", "[instances.inventory]")
        .expect("it is free");
    registry
        .load_str("test.toml", "[instances.inventory]")
        .expect_err("it is of the other");
    let update = registry.update(Pipeline::builder("inventory"));
    let (name, file) = ("inventory".into(), "other.toml".into());
    assert_eq!(update, Err(RegistryError::OfFile { name, file }));
    let gone = registry
        .load_str("other.toml", "instances = {}")
        .expect("it is right");
    assert_eq!(gone.to_string(), "- inventory");
    assert_eq!(registry.names(), ["billing".into()], "that of code stays");
}

#[tokio::test(start_paused = true)]
async fn pipelines_draw_by_the_seed_of_the_registry() {
    let text = "[instances.shop]\ncircuit_breaker = { consecutive = 1 }\n";
    let mut open_for = Vec::new();
    for seed in [1, 1, 2] {
        let registry = Registry::with_seed(seed);
        load(&registry, text);
        let shop = registry.get("shop").expect("it was added");
        fail(&shop).await;
        let rejected = shop.call(|| async { Ok::<_, ()>(()) }).await;
        let Err(CallError::Rejected(rejected)) = rejected else {
            panic!("it is open")
        };
        open_for.push(rejected.retry_after);
    }
    assert_eq!(open_for[0], open_for[1]);
    assert_ne!(open_for[0], open_for[2]);
}
