//! The reducer: adds up the shares of the partitions that the hash gives to it.

use std::collections::BTreeSet;

use greenroom::prelude::*;

use crate::words::Tally;

/// Into how many partitions the words are split, by hash. Many more than there are reducers, so
/// that consistent hashing gives each reducer about as many.
pub const PARTITIONS: usize = 32;

pub enum ReducerMsg {
    TakeIn(Share),
    /// Asks for all that was counted; the reducer begins anew.
    Finish(Reply<Reduced>),
}

/// The words of one chunk that belong to one partition.
pub struct Share {
    pub chunk: u64,
    pub partition: usize,
    /// The coordinator has an answer for every chunk below this number, so all of their shares were
    /// queued before this one: what still comes of them is a copy.
    pub settled: u64,
    pub tally: Tally,
}

#[derive(Default)]
pub struct Reduced {
    pub tally: Tally,
    /// Shares that came again, from another attempt at the same chunk.
    pub copies: u64,
}

#[derive(Default)]
pub struct Reducer {
    reduced: Reduced,
    /// The shares of unsettled chunks that were taken in: no more of them than chunks in flight.
    known: BTreeSet<(u64, usize)>,
    settled: u64,
}

impl Reducer {
    /// The key by which the pool finds the reducer of a partition.
    pub fn key(message: &ReducerMsg) -> u64 {
        match message {
            ReducerMsg::TakeIn(share) => share.partition as u64,
            // Asked of each reducer by itself, never through the pool.
            ReducerMsg::Finish(_) => 0,
        }
    }

    fn take_in(&mut self, share: &Share) {
        if share.settled > self.settled {
            self.settled = share.settled;
            self.known = self.known.split_off(&(share.settled, 0));
        }
        let is_new =
            share.chunk >= self.settled && self.known.insert((share.chunk, share.partition));
        if is_new {
            self.reduced.tally.take_in(&share.tally);
        } else {
            self.reduced.copies += 1;
        }
    }
}

impl Actor for Reducer {
    type Msg = ReducerMsg;

    async fn handle(&mut self, message: ReducerMsg, _ctx: &mut Context<Self>) -> ActorResult {
        match message {
            ReducerMsg::TakeIn(share) => self.take_in(&share),
            ReducerMsg::Finish(reply) => reply.send(std::mem::take(self).reduced),
        }
        Ok(())
    }
}
