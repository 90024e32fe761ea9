//! ForkJoinCreate: actors are created, each computes a little for its one message and ends.
//!
//! Checked: each has ended by itself, which it does only once it has computed.

use std::hint::black_box;

use greenroom::prelude::*;
use greenroom::supervision::ChildKind;
use greenroom_benches::{Fault, check};

/// Savina's N.
pub(crate) const ACTORS: u64 = 40_000;

pub(crate) async fn run() -> Result<(), Fault> {
    let system = System::new("fork-join-create");
    let mut forked = Vec::new();
    for number in 0..ACTORS {
        // One that fails must not come back, or the join would wait for it.
        let worker = system
            .spawn(format!("worker-{number}"), || Worker)
            .kind(ChildKind::Temporary)
            .await?;
        worker.tell(Compute(37.2)).await?;
        forked.push(worker);
    }
    let mut joined = 0;
    for worker in forked {
        joined += u64::from(matches!(worker.terminated().await, StopReason::Finished));
    }
    check("workers that are done", joined, ACTORS)?;
    system.shutdown().await?;
    Ok(())
}

/// The sine of this angle is to be squared.
struct Compute(f64);

struct Worker;

impl Actor for Worker {
    type Msg = Compute;

    async fn handle(&mut self, Compute(angle): Compute, ctx: &mut Context<Self>) -> ActorResult {
        let sine = black_box(angle).sin();
        if sine * sine <= 0.0 {
            return Err(Failure::message("no square of this sine"));
        }
        ctx.stop();
        Ok(())
    }
}
