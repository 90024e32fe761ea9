//! What a file says is what code would say.

use super::*;
use crate::adaptive::AdaptiveLimit;
use crate::backoff::{Backoff, Jitter};
use crate::breaker::{Breaker, HalfOpen, OnCancel, Window};
use crate::bulkhead::Bulkhead;
use crate::hedge::Hedge;
use crate::rate_limit::RateLimit;
use crate::registry::config::field::Kind;
use crate::registry::config::fields;
use crate::registry::config::settings;
use crate::retry::{Budget, Retry};
use crate::shed::{LoadShed, QueueTime};
use crate::throttle::Throttle;

fn code() -> PipelineBuilder {
    Pipeline::builder("shop")
}

#[test]
fn every_policy_can_be_said_in_full() {
    let text = r#"
        [instances.shop]
        idempotent = true
        attempt_timeout = "400ms"
        timeout = "2s"

        [instances.shop.retry]
        attempts = 4
        max_elapsed = "1500ms"
        retry_after_max = "10s"
        backoff = { min = "20ms", max = "2s", factor = 3, jitter = "equal" }
        budget = { share = 0.1, per_second = 5 }

        [instances.shop.circuit_breaker]
        failure_rate = 0.4
        consecutive = 7
        slow = { longer_than = "1s", rate = 0.8 }
        window = 200
        min_calls = 50
        open_for = "9s"
        retry_after_max = "1m"
        half_open = "3s"
        half_open_limit = "30s"
        on_cancel = "failure"

        [instances.shop.rate_limit]
        permits = 100
        per = "1m"
        burst = 20
        max_wait = "50ms"

        [instances.shop.bulkhead]
        concurrent = 64
        queue = 128
        max_wait = "50ms"
        order = "lifo"
    "#;
    let backoff = Backoff::exponential(ms(20)..=secs(2))
        .factor(3.0)
        .jitter(Jitter::Equal);
    let retry = Retry::backoff(backoff)
        .attempts(4)
        .max_elapsed(ms(1_500))
        .retry_after_max(secs(10))
        .budget(Budget::share(0.1).at_least_per_second(5));
    let breaker = Breaker::rate(0.4)
        .or_consecutive(7)
        .slow(secs(1), 0.8)
        .window(Window::calls(200))
        .min_calls(50)
        .open_for(secs(9))
        .retry_after_max(secs(60))
        .half_open(HalfOpen::Ramp(secs(3)))
        .half_open_limit(secs(30))
        .on_cancel(OnCancel::Failure);
    let expected = code()
        .timeout(secs(2))
        .retry(retry)
        .circuit_breaker(breaker)
        .rate_limit(RateLimit::per(100, secs(60)).burst(20).max_wait(ms(50)))
        .bulkhead(Bulkhead::concurrent(64).queue(128).max_wait(ms(50)).lifo())
        .attempt_timeout(ms(400))
        .idempotent();
    assert_eq!(
        shop(text),
        expected,
        "in this order, whatever that of the file"
    );
}

#[test]
fn what_is_not_said_is_as_in_code() {
    let text = r#"
        [instances.shop]
        retry = {}
        circuit_breaker = {}
        rate_limit = { permits = 5 }
        bulkhead = { concurrent = 5 }
        throttle = {}
        adaptive_concurrency = { algorithm = "vegas" }
    "#;
    let expected = code()
        .retry(Retry::exponential(ms(50)..=secs(1)))
        .circuit_breaker(Breaker::rate(0.5))
        .throttle(Throttle::default())
        .rate_limit(RateLimit::per_second(5))
        .bulkhead(Bulkhead::concurrent(5))
        .adaptive_concurrency(AdaptiveLimit::vegas());
    assert_eq!(shop(text), expected);
    assert_eq!(shop("[instances.shop]"), code());
}

#[test]
fn policies_against_overload_can_be_said_in_full() {
    let text = r#"
        [instances.shop]
        idempotent = true
        throttle = { factor = 1.5, window = "30s", min_calls = 5, by_class = false }
        bulkhead = { concurrent = 4, queue = 9, max_wait = "1s" }
        load_shed = { target = "5ms", interval = "70ms" }
        hedge = { quantile = 0.9, min = "3ms", attempts = 3, budget = { share = 0.1 } }

        [instances.shop.adaptive_concurrency]
        algorithm = "aimd"
        min = 2
        max = 50
        initial = 9
        window = "1s"
        failure_rate = 0.2
        slow = "80ms"
    "#;
    let throttle = Throttle::default()
        .factor(1.5)
        .window(secs(30))
        .min_calls(5)
        .all_classes_together();
    let limit = AdaptiveLimit::aimd()
        .between(2..=50)
        .initial(9)
        .window(secs(1))
        .failure_rate(0.2)
        .slow(ms(80));
    let hedge = Hedge::quantile(0.9)
        .min(ms(3))
        .attempts(3)
        .budget(Budget::share(0.1));
    let expected = code()
        .throttle(throttle)
        .bulkhead(Bulkhead::concurrent(4).queue(9).max_wait(secs(1)))
        .load_shed(LoadShed::QueueTime(
            QueueTime::target(ms(5)).interval(ms(70)),
        ))
        .adaptive_concurrency(limit)
        .hedge(hedge)
        .idempotent();
    assert_eq!(shop(text), expected);
    let text = r#"
        [instances.shop]
        idempotent = true
        load_shed = { in_flight = 7 }
        adaptive_concurrency = { algorithm = "gradient2" }
        hedge = { after = "20ms", budget = false }
    "#;
    let expected = code()
        .load_shed(LoadShed::in_flight(7))
        .adaptive_concurrency(AdaptiveLimit::gradient2())
        .hedge(Hedge::after(ms(20)).no_budget())
        .idempotent();
    assert_eq!(shop(text), expected);
}

#[test]
fn the_other_forms_of_a_setting_mean_what_they_say() {
    let text = r#"
        [instances.shop]
        idempotent = false
        retry = { backoff = "20ms", budget = false }
        circuit_breaker = { failure_rate = false, consecutive = 3, half_open = 4, window = "3s" }
        rate_limit = { permits = 5, kind = "sliding_window" }
    "#;
    let breaker = Breaker::consecutive(3)
        .half_open(HalfOpen::Calls(4))
        .window(Window::time(secs(3)));
    let expected = code()
        .retry(Retry::constant(ms(20)).no_budget())
        .circuit_breaker(breaker)
        .rate_limit(RateLimit::per_second(5).sliding_window())
        .only_refused();
    assert_eq!(shop(text), expected);
    let text = r#"
        [instances.shop]
        retry.backoff = { schedule = "fibonacci", jitter = "none" }
        circuit_breaker.open_for = { max = "20s" }
    "#;
    let backoff = Backoff::fibonacci(ms(50)..=secs(1)).jitter(Jitter::None);
    let open = Backoff::exponential(secs(5)..=secs(20)).jitter(Jitter::Equal);
    let expected = code()
        .retry(Retry::backoff(backoff))
        .circuit_breaker(Breaker::rate(0.5).open_backoff(open));
    assert_eq!(shop(text), expected);
}

/// A file that says of one policy what has to be said, and this.
fn saying(policy: &str, said: &[(&str, &str)]) -> String {
    let says = |key: &str| said.iter().any(|(other, _)| *other == key);
    let needed: &[(&str, &str)] = match policy {
        "rate_limit" => &[("permits", "5")],
        "bulkhead" => &[("concurrent", "5")],
        "load_shed" if !says("target") => &[("in_flight", "5")],
        "adaptive_concurrency" => &[("algorithm", "\"vegas\"")],
        "hedge" if !says("after") => &[("quantile", "0.9")],
        _ => &[],
    };
    let unsaid = needed.iter().filter(|(key, _)| !says(key));
    let lines = unsaid
        .chain(said)
        .map(|(key, value)| format!("{key} = {value}\n"));
    let section = settings::join("instances.shop", policy);
    let marked = match policy {
        "hedge" => "[instances.shop]\nidempotent = true\n",
        _ => "",
    };
    format!(
        "{marked}[{}]\n{}",
        section.trim_end_matches('.'),
        lines.collect::<String>()
    )
}

#[test]
fn each_default_of_the_table_is_what_holds_where_nothing_is_said() {
    let mut tried = 0;
    for field in fields::all() {
        if let (Some(said), Some((policy, key))) = (field.default, field.path.split_once('.')) {
            let unsaid = shop(&saying(policy, &[]));
            assert_eq!(
                shop(&saying(policy, &[(key, said)])),
                unsaid,
                "{}",
                field.path
            );
            tried += 1;
        }
    }
    assert!(tried > 20, "the table has defaults");
}

#[test]
fn each_setting_of_the_table_makes_a_difference() {
    for field in fields::all() {
        let Some(kind) = field.kinds.iter().find(|kind| **kind != Kind::Off) else {
            panic!("{} can only be off", field.path);
        };
        let said = match kind {
            Kind::Flag => "false".to_owned(),
            Kind::Count => "77".to_owned(),
            Kind::Number => "0.7".to_owned(),
            Kind::Time => "\"777ms\"".to_owned(),
            Kind::Word(words) => format!("{:?}", words[words.len() - 1]),
            Kind::Table | Kind::Off => continue,
        };
        // What makes no difference by itself.
        let beside: &[(&str, &str)] = match field.path {
            "circuit_breaker.slow.rate" => &[("slow.longer_than", "\"7s\"")],
            "circuit_breaker.slow.longer_than" => &[("slow.rate", "0.8")],
            "load_shed.interval" => &[("target", "\"5ms\"")],
            "adaptive_concurrency.slow" => &[("algorithm", "\"aimd\"")],
            _ => &[],
        };
        let (policy, key) = field.path.split_once('.').unwrap_or(("", field.path));
        let with = [beside, &[(key, said.as_str())]].concat();
        let without = read_any(&saying(policy, &[]));
        assert_ne!(read_any(&saying(policy, &with)), without, "{}", field.path);
    }
}

/// The builder of `shop`, right or wrong.
fn read_any(text: &str) -> PipelineBuilder {
    let mut notes = Collector::new(text);
    let instances = document::read(&"test.toml".into(), text, 0, &mut notes);
    let mut instances = instances.expect("it is TOML");
    instances.remove("shop").expect("it is there").builder
}
