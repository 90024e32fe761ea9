//! One count: the pools, the coordinator that hands out chunks, and the result.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt;
use futures::future::try_join_all;
use futures::stream::FuturesUnordered;
use greenroom::prelude::*;
use greenroom::supervision::{Backoff, OnFailure, Strategy};
use indicatif::ProgressBar;
use tokio::sync::mpsc;

use crate::BoxError;
use crate::input::{Chunk, Files, Inventory, Reader};
use crate::mapper::{Assignment, Mapped, Mapper, MapperMsg, Sabotage};
use crate::reducer::{Reduced, Reducer, ReducerMsg};
use crate::words::Tally;

/// Far longer than a chunk takes, so that only what hangs is asked for again.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(30);

/// How a count is to be done.
#[derive(Clone)]
pub struct Plan {
    pub roots: Vec<PathBuf>,
    pub mappers: NonZeroUsize,
    pub reducers: NonZeroUsize,
    pub chunk_size: usize,
    /// How many chunks are in memory behind the reader.
    pub in_flight: usize,
    /// How often a chunk is tried.
    pub attempts: u32,
    pub fail_every: Option<u64>,
}

/// What came of it.
#[derive(Default)]
pub struct Outcome {
    pub inventory: Inventory,
    pub tallies: Vec<Tally>,
    pub words: u64,
    pub cut: u64,
    pub chunks: u64,
    pub attempts: u64,
    pub copies: u64,
}

impl Outcome {
    pub fn distinct(&self) -> usize {
        self.tallies.iter().map(Tally::distinct).sum()
    }
}

pub async fn run(plan: &Plan, bar: &ProgressBar) -> Result<Outcome, BoxError> {
    let system = System::new("wordcount");
    // What a reducer has added up is nowhere else: without it the whole count has failed.
    let reducers = system
        .pool("reducers", plan.reducers.get(), Reducer::default)
        .routing(Routing::by_key(Reducer::key))
        .mailbox(|mailbox| mailbox.capacity(64))
        .supervision(Strategy::one_for_one().on_failure(|_| OnFailure::Stop))
        .await?;
    let sabotage = Arc::new(Sabotage {
        every: plan.fail_every,
        ..Sabotage::default()
    });
    let (to, sabotaged) = (reducers.clone(), Arc::clone(&sabotage));
    // A mapper has nothing to lose, so it is started again at once, however often it fails.
    let mappers = system
        .pool("mappers", plan.mappers.get(), move || {
            Mapper::new(to.clone(), Arc::clone(&sabotaged))
        })
        .routing(Routing::least_loaded())
        .supervision(
            Strategy::one_for_one()
                .intensity(u32::MAX, Duration::from_secs(1))
                .backoff(Backoff::constant(Duration::ZERO)),
        )
        .await?;

    let (sender, chunks) = mpsc::channel(1);
    let reader = Reader::new(plan.chunk_size, sender);
    let files = Files::below(&plan.roots);
    let reader = tokio::task::spawn_blocking(move || reader.read(files));
    let mut outcome = coordinate(plan, &mappers, chunks, bar).await?;
    let inventory = reader.await?;
    outcome.inventory = inventory.map_err(|_| "the reader was given up")?;

    for Reduced { tally, copies } in finish(&reducers).await? {
        outcome.tallies.push(tally);
        outcome.copies += copies;
    }
    outcome.attempts = sabotage.attempts.load(Ordering::Relaxed);
    system.shutdown().await?;
    let reduced: u64 = outcome.tallies.iter().map(Tally::total).sum();
    if reduced != outcome.words {
        return Err(format!("{} words were mapped, {reduced} reduced", outcome.words).into());
    }
    Ok(outcome)
}

/// Asks the mappers for every chunk, a bounded number of them at a time.
async fn coordinate(
    plan: &Plan,
    mappers: &Pool<MapperMsg>,
    mut chunks: mpsc::Receiver<Chunk>,
    bar: &ProgressBar,
) -> Result<Outcome, BoxError> {
    let mut outcome = Outcome::default();
    let mut unsettled = BTreeSet::new();
    let mut in_flight = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            Some(chunk) = chunks.recv(), if in_flight.len() < plan.in_flight => {
                unsettled.insert(chunk.number);
                let settled = unsettled.first().copied().unwrap_or(chunk.number);
                in_flight.push(map(mappers, chunk, settled, plan.attempts));
            }
            Some(done) = in_flight.next() => {
                let (chunk, Mapped { words, cut }) = done?;
                unsettled.remove(&chunk.number);
                outcome.words += words;
                outcome.cut += cut;
                outcome.chunks += 1;
                bar.inc(chunk.text.len() as u64);
            }
            else => return Ok(outcome),
        }
    }
}

/// Asks for one chunk until it is answered. Asking again is safe whatever came of the attempt
/// before, since reducers drop what they have already.
async fn map(
    mappers: &Pool<MapperMsg>,
    chunk: Chunk,
    settled: u64,
    attempts: u32,
) -> Result<(Chunk, Mapped), BoxError> {
    let mut attempt = 1;
    loop {
        let assignment = Assignment {
            chunk: chunk.clone(),
            settled,
        };
        let asked = mappers.ask(|reply| MapperMsg::Map(assignment, reply));
        match asked.timeout(CHUNK_TIMEOUT).await {
            Ok(mapped) => return Ok((chunk, mapped)),
            Err(error) if attempt == attempts => {
                let number = chunk.number;
                return Err(
                    format!("chunk {number} failed {attempts} times, at last: {error}").into(),
                );
            }
            Err(_) => attempt += 1,
        }
    }
}

/// Asks every reducer for its part. All shares are queued by now, so the answers come behind them.
async fn finish(reducers: &Pool<ReducerMsg>) -> Result<Vec<Reduced>, AskError> {
    let workers = reducers.workers();
    let asked = workers
        .iter()
        .map(|reducer| reducer.ask(ReducerMsg::Finish).timeout(CHUNK_TIMEOUT));
    try_join_all(asked).await
}
