//! Makes the policies against overload, and hedges, of settings.

use super::pipelines::{Grant, budget};
use super::settings::{Settings, Value};
use crate::adaptive::AdaptiveLimit;
use crate::hedge::Hedge;
use crate::shed::{LoadShed, QueueTime};
use crate::throttle::Throttle;

pub(super) fn throttle(settings: &Settings) -> Throttle {
    let mut throttle = Throttle::default();
    if let Some(factor) = settings.number("throttle.factor") {
        throttle = throttle.factor(factor);
    }
    if let Some(window) = settings.time("throttle.window") {
        throttle = throttle.window(window);
    }
    if let Some(calls) = settings.count("throttle.min_calls") {
        throttle = throttle.min_calls(calls);
    }
    match settings.value("throttle.by_class") {
        Some(Value::Flag(false)) => throttle.all_classes_together(),
        _ => throttle,
    }
}

pub(super) fn load_shed(settings: &Settings) -> LoadShed {
    if let Some(limit) = settings.count("load_shed.in_flight") {
        return LoadShed::in_flight(limit as usize);
    }
    let target = settings.time("load_shed.target").unwrap_or_default();
    let mut queue_time = QueueTime::target(target);
    if let Some(interval) = settings.time("load_shed.interval") {
        queue_time = queue_time.interval(interval);
    }
    LoadShed::QueueTime(queue_time)
}

pub(super) fn adaptive(settings: &Settings) -> AdaptiveLimit {
    let count = |key: &str, default| settings.count(key).map_or(default, |count| count as usize);
    let (min, max) = (
        count("adaptive_concurrency.min", 4),
        count("adaptive_concurrency.max", 200),
    );
    let mut limit = match settings.word("adaptive_concurrency.algorithm") {
        Some("aimd") => AdaptiveLimit::aimd(),
        Some("gradient2") => AdaptiveLimit::gradient2(),
        _ => AdaptiveLimit::vegas(),
    }
    .between(min..=max)
    .initial(count("adaptive_concurrency.initial", 20));
    if let Some(window) = settings.time("adaptive_concurrency.window") {
        limit = limit.window(window);
    }
    if let Some(rate) = settings.number("adaptive_concurrency.failure_rate") {
        limit = limit.failure_rate(rate);
    }
    match settings.time("adaptive_concurrency.slow") {
        Some(longer_than) => limit.slow(longer_than),
        None => limit,
    }
}

pub(super) fn hedge(settings: &Settings) -> Hedge {
    let mut hedge = match settings.number("hedge.quantile") {
        Some(share) => Hedge::quantile(share),
        None => Hedge::after(settings.time("hedge.after").unwrap_or_default()),
    };
    if let Some(delay) = settings.time("hedge.min") {
        hedge = hedge.min(delay);
    }
    if let Some(attempts) = settings.count("hedge.attempts") {
        hedge = hedge.attempts(attempts);
    }
    match budget(settings, "hedge.budget") {
        Grant::Unsaid => hedge,
        Grant::Unbounded => hedge.no_budget(),
        Grant::Budget(budget) => hedge.budget(budget),
    }
}
