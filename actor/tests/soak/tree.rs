//! The branches: each has a thousand leaves, and hears of all that becomes of them.

use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{OnFailure, Strategy};
use greenroom_resilience::backoff::{Backoff, Jitter};

use crate::leaf::{Fate, ForGood, Leaf, Message, PATIENCE, Tally};

/// How many leaves a branch has.
pub(crate) const LEAVES: u64 = 1_000;

pub(crate) type Leaves = Arc<[ActorRef<Message>]>;

pub(crate) enum Ask {
    Leaves(Reply<Leaves>),
    /// Answered once it has heard of that many restarts and ends.
    Heard(u64, u64, Reply<()>),
}

pub(crate) struct Branch {
    tally: Tally,
    leaves: Leaves,
    restarts: u64,
    ends: u64,
    waits: Option<(u64, u64, Reply<()>)>,
}

impl Branch {
    pub(crate) fn new(tally: &Tally) -> Self {
        Self {
            tally: tally.clone(),
            leaves: Arc::from([]),
            restarts: 0,
            ends: 0,
            waits: None,
        }
    }

    fn answer(&mut self) {
        let heard = |(restarts, ends, _): &mut (u64, u64, Reply<()>)| {
            (*restarts, *ends) == (self.restarts, self.ends)
        };
        if let Some((.., reply)) = self.waits.take_if(heard) {
            reply.send(());
        }
    }
}

pub(crate) fn leaves(reply: Reply<Leaves>) -> Ask {
    Ask::Leaves(reply)
}

/// Waits until a branch has heard of each restart and each end of its leaves.
pub(crate) async fn heard_of_all(branch: &ActorRef<Ask>) {
    let restarts = Fate::FailsOnce.count();
    let ends = [Fate::Finishes, Fate::FailsForGood, Fate::IsKilled];
    let ends = ends.into_iter().map(Fate::count).sum();
    let heard = branch.ask(|reply| Ask::Heard(restarts, ends, reply));
    heard
        .timeout(PATIENCE)
        .await
        .expect("of no more and no fewer");
}

impl Actor for Branch {
    type Msg = Ask;

    fn supervision() -> Strategy {
        let at_once = Duration::from_millis(1);
        Strategy::one_for_one()
            .backoff(Backoff::exponential(at_once..=at_once).jitter(Jitter::None))
            .on_failure(|failure| match failure.downcast_ref::<ForGood>() {
                Some(_) => OnFailure::Stop,
                None => OnFailure::Restart,
            })
    }

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        let mut leaves = Vec::with_capacity(LEAVES as usize);
        for number in 0..LEAVES {
            let tally = self.tally.clone();
            leaves.push(
                ctx.spawn(number.to_string(), move || Leaf::new(&tally))
                    .await?,
            );
        }
        self.leaves = leaves.into();
        Ok(())
    }

    async fn handle(&mut self, message: Ask, _ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Ask::Leaves(reply) => reply.send(Arc::clone(&self.leaves)),
            Ask::Heard(restarts, ends, reply) => {
                self.waits = Some((restarts, ends, reply));
                self.answer();
            }
        }
        Ok(())
    }

    async fn signal(&mut self, signal: Signal, _ctx: &mut Context<Self>) -> ActorResult {
        match signal {
            Signal::ChildRestarted { times, .. } => self.restarts += u64::from(times),
            Signal::ChildStopped { .. } => self.ends += 1,
            other => return Err(Failure::message(format!("{other:?}"))),
        }
        self.answer();
        Ok(())
    }
}
