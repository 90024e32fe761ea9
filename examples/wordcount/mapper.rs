//! The mapper: counts the words of one chunk and shuffles them to the reducers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom::prelude::*;

use crate::input::Chunk;
use crate::reducer::{PARTITIONS, ReducerMsg, Share};
use crate::words::{Tally, each_word};

pub enum MapperMsg {
    Map(Assignment, Reply<Mapped>),
}

/// A chunk to count.
pub struct Assignment {
    pub chunk: Chunk,
    /// All chunks below this number are done with; see [`Share::settled`].
    pub settled: u64,
}

/// What a mapper has done.
pub struct Mapped {
    pub words: u64,
    /// Pieces that were cut from runs too long to be words.
    pub cut: u64,
}

/// Makes every n-th attempt of all mappers together panic, in the middle of its shuffle.
#[derive(Default)]
pub struct Sabotage {
    pub every: Option<u64>,
    pub attempts: AtomicU64,
}

impl Sabotage {
    /// How the panics begin, so that they can be told from others.
    pub const TEXT: &str = "sabotage";

    fn strikes(&self) -> bool {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        self.every
            .is_some_and(|every| attempt.is_multiple_of(every))
    }
}

pub struct Mapper {
    reducers: Pool<ReducerMsg>,
    sabotage: Arc<Sabotage>,
    text: Vec<u8>,
}

impl Mapper {
    pub fn new(reducers: Pool<ReducerMsg>, sabotage: Arc<Sabotage>) -> Self {
        let text = Vec::new();
        Self {
            reducers,
            sabotage,
            text,
        }
    }

    /// Counts into one tally for each partition, so that a word seen a thousand times in the chunk
    /// is sent once.
    fn count(&mut self, chunk: &Chunk) -> (Vec<Tally>, Mapped) {
        self.text.clear();
        self.text.extend_from_slice(&chunk.text);
        self.text.make_ascii_lowercase();
        let mut tallies = vec![Tally::default(); PARTITIONS];
        let mut words = 0;
        let cut = each_word(&self.text, |word| {
            let hash = Tally::hash(word);
            // Neither the lowest nor the highest bits: the tables use those.
            let partition = (hash >> 32) as usize % PARTITIONS;
            tallies[partition].add(hash, word, 1);
            words += 1;
        });
        (tallies, Mapped { words, cut })
    }
}

impl Actor for Mapper {
    type Msg = MapperMsg;

    async fn handle(&mut self, message: MapperMsg, _ctx: &mut Context<Self>) -> ActorResult {
        let MapperMsg::Map(Assignment { chunk, settled }, reply) = message;
        let strikes = self.sabotage.strikes();
        let (tallies, mapped) = self.count(&chunk);
        for (partition, tally) in tallies.into_iter().enumerate() {
            if strikes && partition == PARTITIONS / 2 {
                panic!("{} of chunk {}", Sabotage::TEXT, chunk.number);
            }
            let share = Share {
                chunk: chunk.number,
                partition,
                settled,
                tally,
            };
            // Waits while the reducer's mailbox is full: reducers slow mappers down, those slow the
            // coordinator down, and that the reader.
            self.reducers.tell(ReducerMsg::TakeIn(share)).await?;
        }
        reply.send(mapped);
        Ok(())
    }
}
