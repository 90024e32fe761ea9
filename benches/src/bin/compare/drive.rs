//! The course of each scenario, the same for all systems that run on tokio: what to time, what to
//! check. A system brings the loops that call its own verbs.

use std::ops::Range;

use greenroom_benches::{check, clock, resident};

use crate::measurement::{Fault, Measurement, Outcome};
use crate::policy::Tasks;
use crate::scenario::Load;
use crate::tally::Totals;

/// `senders` tasks feed one actor (or channel) through clones of `target`.
pub(crate) async fn tell<T, F, Fut>(
    load: Load,
    senders: u64,
    target: T,
    totals: Totals,
    feed: F,
) -> Outcome
where
    T: Clone,
    F: Fn(T, Range<u64>) -> Fut,
    Fut: Future<Output = Result<(), Fault>> + Send + 'static,
{
    let started = clock::now();
    let feeders: Vec<_> = load
        .shares(senders)
        .map(|share| tokio::spawn(feed(target.clone(), share)))
        .collect();
    for feeder in feeders {
        feeder.await??;
    }
    totals.settle(started, load, 1).await
}

/// One task asks for all messages in turn; the last answer is what they add up to.
pub(crate) async fn ask<T, F, Fut>(load: Load, target: T, query: F) -> Outcome
where
    F: FnOnce(T, Range<u64>) -> Fut,
    Fut: Future<Output = Result<u64, Fault>>,
{
    let started = clock::now();
    let sum = query(target, load.values()).await?;
    let elapsed = clock::now().duration_since(started);
    check("the last answer", sum, load.sum())?;
    Ok(Measurement::time(elapsed, load.count()))
}

/// `tasks` tasks make calls through clones of `target`, and say what the values add up to that came
/// back, or that were rejected where that is the work.
pub(crate) async fn calls<T, F, Fut>(load: Load, tasks: Tasks, target: T, make: F) -> Outcome
where
    T: Clone,
    F: Fn(T, Range<u64>) -> Fut,
    Fut: Future<Output = Result<u64, Fault>> + Send + 'static,
{
    let started = clock::now();
    let callers: Vec<_> = load
        .shares(tasks.count())
        .map(|share| tokio::spawn(make(target.clone(), share)))
        .collect();
    let mut sum = 0;
    for caller in callers {
        sum += caller.await??;
    }
    let elapsed = clock::now().duration_since(started);
    check("the sum of the calls", sum, load.sum())?;
    Ok(Measurement::time(elapsed, load.count()))
}

/// A place for each actor's reference, so that none is dropped before the round is over.
pub(crate) type Places<R> = Vec<Option<R>>;

/// Starts as many actors as there are places, asks each for the number of its place, and returns
/// the references with the sum of the answers.
pub(crate) async fn spawn<R, F, Fut>(load: Load, populate: F) -> Outcome
where
    F: FnOnce(Places<R>) -> Fut,
    Fut: Future<Output = Result<(Places<R>, u64), Fault>>,
{
    let places = places(load);
    let started = clock::now();
    let (population, sum) = populate(places).await?;
    let elapsed = clock::now().duration_since(started);
    check("the sum of the first answers", sum, load.sum())?;
    drop(population);
    Ok(Measurement::time(elapsed, load.count()))
}

/// As [`spawn`], but weighs the actors. The places are written before the first reading and so do
/// not count; what a reference points to does.
pub(crate) async fn memory<R, F, Fut>(load: Load, populate: F) -> Outcome
where
    F: FnOnce(Places<R>) -> Fut,
    Fut: Future<Output = Result<(Places<R>, u64), Fault>>,
{
    let places = places(load);
    let before = resident::bytes()?;
    let (population, sum) = populate(places).await?;
    let after = resident::bytes()?;
    check("the sum of the first answers", sum, load.sum())?;
    drop(population);
    Ok(Measurement::memory(
        after.saturating_sub(before),
        load.count(),
    ))
}

fn places<R>(load: Load) -> Places<R> {
    let count = usize::try_from(load.count()).expect("a count of actors fits a pointer");
    let mut places = Vec::new();
    places.resize_with(count, || None);
    places
}
