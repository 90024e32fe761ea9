//! Makes policies of settings, in the one order that a pipeline from a file has.

use std::time::Duration;

use super::mistake::Collector;
use super::overload;
use super::place::{place, problem};
use super::settings::{Settings, Value, join};
use crate::backoff::{Backoff, Jitter};
use crate::breaker::{Breaker, HalfOpen, OnCancel, Window};
use crate::bulkhead::Bulkhead;
use crate::pipeline::{Pipeline, PipelineBuilder, PipelineError};
use crate::rate_limit::RateLimit;
use crate::retry::{Budget, Retry};

/// The pipeline that the settings of `instances.NAME` ask for. Notes what can't work.
pub(super) fn builder(
    name: &str,
    at: usize,
    settings: &Settings,
    seed: u64,
    notes: &mut Collector<'_>,
) -> PipelineBuilder {
    let mut builder = Pipeline::builder(name).seed(seed);
    builder = match settings.value("idempotent") {
        None => builder,
        Some(Value::Flag(true)) => builder.idempotent(),
        Some(_) => builder.only_refused(),
    };
    if let Some(limit) = settings.time("timeout") {
        builder = builder.timeout(limit);
    }
    if settings.is_on("retry") {
        builder = builder.retry(retry(settings));
    }
    if settings.is_on("circuit_breaker") && has_all(settings, BREAKER_NEEDS, notes) {
        builder = builder.circuit_breaker(breaker(settings));
    }
    if settings.is_on("throttle") {
        builder = builder.throttle(overload::throttle(settings));
    }
    if settings.is_on("rate_limit") && has_all(settings, &["rate_limit.permits"], notes) {
        builder = builder.rate_limit(rate_limit(settings));
    }
    if settings.is_on("bulkhead") && has_all(settings, &["bulkhead.concurrent"], notes) {
        builder = builder.bulkhead(bulkhead(settings));
    }
    if settings.is_on("load_shed")
        && has_one(settings, &["target", "in_flight"], "load_shed", notes)
    {
        builder = builder.load_shed(overload::load_shed(settings));
    }
    if settings.is_on("adaptive_concurrency")
        && has_all(settings, &["adaptive_concurrency.algorithm"], notes)
    {
        builder = builder.adaptive_concurrency(overload::adaptive(settings));
    }
    if let Some(limit) = settings.time("attempt_timeout") {
        builder = builder.attempt_timeout(limit);
    }
    if settings.is_on("hedge") && has_one(settings, &["after", "quantile"], "hedge", notes) {
        builder = builder.hedge(overload::hedge(settings));
    }
    for error in builder.problems() {
        note(name, at, settings, &error, notes);
    }
    builder
}

const BREAKER_NEEDS: &[&str] = &[
    "circuit_breaker.slow.longer_than",
    "circuit_breaker.slow.rate",
];

/// Whether settings are there that have no default, so far as what they belong to is there.
fn has_all(settings: &Settings, paths: &[&str], notes: &mut Collector<'_>) -> bool {
    let mut has_all = true;
    for path in paths {
        let (above, key) = path.rsplit_once('.').unwrap_or(("", path));
        if settings.is_on(above) && settings.value(path).is_none() {
            let leaf = &settings.leaves[above];
            let problem = format!("{key:?} has to be said");
            notes.note_at(leaf.span.start, &leaf.place, problem);
            has_all = false;
        }
    }
    has_all
}

/// Whether one of two settings is there, and not the other.
fn has_one(settings: &Settings, keys: &[&str; 2], above: &str, notes: &mut Collector<'_>) -> bool {
    let is_on = |key: &&&str| settings.is_on(&join(above, key));
    let [one, other] = keys;
    let problem = match keys.iter().filter(is_on).count() {
        1 => return true,
        0 => format!("{one:?} or {other:?} has to be said"),
        _ => format!("either {one:?} or {other:?}: it goes by one of them"),
    };
    let leaf = &settings.leaves[above];
    notes.note_at(leaf.span.start, &leaf.place, problem);
    false
}

/// Notes what can't work where it is written, in a set of defaults if it is inherited.
fn note(
    name: &str,
    at: usize,
    settings: &Settings,
    error: &PipelineError,
    notes: &mut Collector<'_>,
) {
    let path = place(error);
    match settings.nearest(path) {
        Some(leaf) if leaf.value == Value::Table => {
            notes.note_at(leaf.span.start, &leaf.place, problem(error));
        }
        Some(leaf) => notes.note(leaf.span.clone(), &leaf.place, problem(error)),
        None => notes.note_at(at, &join(&join("instances", name), path), problem(error)),
    }
}

fn retry(settings: &Settings) -> Retry {
    let (min, max) = (Duration::from_millis(50), Duration::from_secs(1));
    let mut retry = Retry::backoff(match settings.time("retry.backoff") {
        Some(delay) => Backoff::constant(delay),
        None => growing(settings, "retry.backoff", (min, max), Jitter::Full),
    });
    if let Some(attempts) = settings.count("retry.attempts") {
        retry = retry.attempts(attempts);
    }
    if let Some(max) = settings.time("retry.max_elapsed") {
        retry = retry.max_elapsed(max);
    }
    if let Some(max) = settings.time("retry.retry_after_max") {
        retry = retry.retry_after_max(max);
    }
    match budget(settings, "retry.budget") {
        Grant::Unsaid => retry,
        Grant::Unbounded => retry.no_budget(),
        Grant::Budget(budget) => retry.budget(budget),
    }
}

/// What is said of a budget.
pub(super) enum Grant {
    Unsaid,
    Unbounded,
    Budget(Budget),
}

pub(super) fn budget(settings: &Settings, path: &str) -> Grant {
    match settings.value(path) {
        None => return Grant::Unsaid,
        Some(Value::Off) => return Grant::Unbounded,
        Some(_) => {}
    }
    let share = settings.number(&join(path, "share"));
    let mut budget = share.map_or_else(Budget::default, Budget::share);
    if let Some(repeats) = settings.count(&join(path, "per_second")) {
        budget = budget.at_least_per_second(repeats);
    }
    Grant::Budget(budget)
}

/// A backoff of a table, or what such a table would be if it were there.
fn growing(
    settings: &Settings,
    path: &str,
    (min, max): (Duration, Duration),
    jitter: Jitter,
) -> Backoff {
    let min = settings.time(&join(path, "min")).unwrap_or(min);
    let max = settings.time(&join(path, "max")).unwrap_or(max);
    let mut backoff = match settings.word(&join(path, "schedule")) {
        Some("fibonacci") => Backoff::fibonacci(min..=max),
        _ => Backoff::exponential(min..=max),
    };
    if let Some(factor) = settings.number(&join(path, "factor")) {
        backoff = backoff.factor(factor);
    }
    backoff.jitter(match settings.word(&join(path, "jitter")) {
        Some("full") => Jitter::Full,
        Some("equal") => Jitter::Equal,
        Some("decorrelated") => Jitter::Decorrelated,
        Some("none") => Jitter::None,
        _ => jitter,
    })
}

fn breaker(settings: &Settings) -> Breaker {
    let failure_rate = match settings.value("circuit_breaker.failure_rate") {
        None => Some(0.5),
        Some(_) => settings.number("circuit_breaker.failure_rate"),
    };
    let mut breaker = Breaker::opening(failure_rate, settings.count("circuit_breaker.consecutive"));
    let slow = settings.time("circuit_breaker.slow.longer_than");
    if let Some((longer_than, rate)) = slow.zip(settings.number("circuit_breaker.slow.rate")) {
        breaker = breaker.slow(longer_than, rate);
    }
    match settings.value("circuit_breaker.window") {
        Some(Value::Count(calls)) => breaker = breaker.window(Window::calls(*calls)),
        Some(Value::Time(time)) => breaker = breaker.window(Window::time(*time)),
        _ => {}
    }
    if let Some(calls) = settings.count("circuit_breaker.min_calls") {
        breaker = breaker.min_calls(calls);
    }
    let (min, max) = (Duration::from_secs(5), Duration::from_secs(60));
    breaker = match settings.time("circuit_breaker.open_for") {
        Some(time) => breaker.open_for(time),
        None => {
            let path = "circuit_breaker.open_for";
            breaker.open_backoff(growing(settings, path, (min, max), Jitter::Equal))
        }
    };
    match settings.value("circuit_breaker.half_open") {
        Some(Value::Count(calls)) => breaker = breaker.half_open(HalfOpen::Calls(*calls)),
        Some(Value::Time(every)) => breaker = breaker.half_open(HalfOpen::Ramp(*every)),
        _ => {}
    }
    if let Some(limit) = settings.time("circuit_breaker.half_open_limit") {
        breaker = breaker.half_open_limit(limit);
    }
    if let Some(max) = settings.time("circuit_breaker.retry_after_max") {
        breaker = breaker.retry_after_max(max);
    }
    match settings.word("circuit_breaker.on_cancel") {
        Some("success") => breaker.on_cancel(OnCancel::Success),
        Some("failure") => breaker.on_cancel(OnCancel::Failure),
        _ => breaker,
    }
}

fn rate_limit(settings: &Settings) -> RateLimit {
    let permits = settings.count("rate_limit.permits").unwrap_or_default();
    let per = settings.time("rate_limit.per");
    let mut limit = RateLimit::per(permits, per.unwrap_or(Duration::from_secs(1)));
    if let Some(burst) = settings.count("rate_limit.burst") {
        limit = limit.burst(burst);
    }
    if let Some(wait) = settings.time("rate_limit.max_wait") {
        limit = limit.max_wait(wait);
    }
    match settings.word("rate_limit.kind") {
        Some("sliding_window") => limit.sliding_window(),
        _ => limit,
    }
}

fn bulkhead(settings: &Settings) -> Bulkhead {
    let places = settings.count("bulkhead.concurrent").unwrap_or_default();
    let mut bulkhead = Bulkhead::concurrent(places as usize);
    if let Some(callers) = settings.count("bulkhead.queue") {
        bulkhead = bulkhead.queue(callers as usize);
    }
    if let Some(wait) = settings.time("bulkhead.max_wait") {
        bulkhead = bulkhead.max_wait(wait);
    }
    match settings.word("bulkhead.order") {
        Some("lifo") => bulkhead.lifo(),
        _ => bulkhead,
    }
}
