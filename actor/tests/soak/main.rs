//! A million actors alive at the same time: told, failed, restarted, ended, shut down, and all
//! accounted for.
//!
//! `GREENROOM_SOAK_ACTORS` says how many. The gate asks for a million; unless set they are fewer,
//! so that `cargo test` stays quick and small.

mod leaf;
mod tree;

use std::time::Duration;

use greenroom::prelude::*;
use leaf::{Fate, Message, Numbers, PATIENCE, Tally};
use tree::{Branch, LEAVES, Leaves};

/// Unless set: what a debug build is done with in seconds.
const ACTORS: u64 = 50_000;

fn branches() -> u64 {
    let actors = match std::env::var("GREENROOM_SOAK_ACTORS") {
        Ok(text) => text.parse().expect("GREENROOM_SOAK_ACTORS is a number"),
        Err(_) => ACTORS,
    };
    (actors / LEAVES).max(1)
}

/// What each leaf of a branch is told, and what it says at the end; all by the order of messages.
async fn drive(leaves: Leaves) -> Numbers {
    let mut sent = Numbers::default();
    for (leaf, number) in leaves.iter().zip(0..) {
        let fate = Fate::of(number);
        for message in fate.script() {
            match leaf.try_tell(message) {
                Ok(()) => sent.tells += 1,
                // It may have ended over the one before.
                Err(TrySendError::Stopped(Message::Work)) if fate.ends() => {}
                Err(error) => panic!("{fate:?}: {error}"),
            }
        }
    }
    for (leaf, number) in leaves.iter().zip(0..) {
        match Fate::of(number) {
            Fate::Lives | Fate::FailsOnce => {
                let asked = leaf.ask(Message::Count).timeout(PATIENCE).await;
                assert_eq!(asked.expect("it answers"), Fate::of(number).last_count());
                sent.answers += 1;
            }
            Fate::Finishes => {
                let reason = leaf.terminated().await;
                assert!(matches!(reason, StopReason::Finished), "{reason}");
            }
            Fate::FailsForGood => {
                let reason = leaf.terminated().await;
                assert!(matches!(reason, StopReason::Failed(_)), "{reason}");
                let told = leaf.try_tell(Message::Work);
                assert!(matches!(told, Err(TrySendError::Stopped(_))));
                sent.back += 1;
            }
            Fate::IsKilled => {
                leaf.kill();
                let reason = leaf.terminated().await;
                assert!(matches!(reason, StopReason::Killed), "{reason}");
            }
        }
    }
    sent
}

async fn soak() {
    let (branches, tally) = (branches(), Tally::default());
    let system = System::builder("soak")
        .stop_grace(Duration::from_secs(600))
        .build();
    let all = branches * LEAVES;
    let mut roots = Vec::new();
    for number in 0..branches {
        let tally = tally.clone();
        let spawn = system.spawn(format!("branch-{number}"), move || Branch::new(&tally));
        roots.push(spawn.await.expect("it starts with all its leaves"));
    }
    assert_eq!(tally.alive(), all, "all at the same time");
    assert_eq!(system.inspect().actors.len() as u64, 1 + branches + all);

    // Two of them side by side, for two cores.
    let mut drivers = Vec::new();
    for half in roots.chunks(roots.len().div_ceil(2)) {
        let half = half.to_vec();
        drivers.push(tokio::spawn(async move {
            let mut sent = Numbers::default();
            for root in half {
                let leaves = root.ask(tree::leaves).timeout(PATIENCE).await;
                sent += drive(leaves.expect("it answers")).await;
            }
            sent
        }));
    }
    let mut sent = Numbers::default();
    for driver in drivers {
        sent += driver.await.expect("each leaf did as it was told");
    }
    for root in &roots {
        tree::heard_of_all(root).await;
    }
    system.shutdown().await.expect("nobody was abandoned");
    drop(roots);
    account(&system, &tally, branches, sent);
}

/// Each actor and each message, once.
fn account(system: &System, tally: &Tally, branches: u64, sent: Numbers) {
    let (all, each) = (branches * LEAVES, |fate| branches * Fate::count(fate));
    assert_eq!(tally.alive(), 0, "each instance is dropped");
    assert_eq!(tally.made(), all + each(Fate::FailsOnce));
    let orderly = all - each(Fate::IsKilled);
    assert_eq!(
        tally.stopped(),
        orderly + each(Fate::FailsOnce),
        "`stopped` is called"
    );
    let counts = system.dead_letter_counts();
    assert_eq!(
        counts.failed,
        each(Fate::FailsOnce) + each(Fate::FailsForGood)
    );
    let ends = counts.stopped + counts.killed;
    assert_eq!(counts.total(), counts.failed + ends, "for no other reason");
    let handled = tally.handled() + sent.answers;
    assert_eq!(
        sent.tells + sent.answers,
        handled + counts.total(),
        "each message, once"
    );
    assert_eq!(sent.back, each(Fate::FailsForGood));
    assert_eq!(system.inspect().actors.len(), 1, "nobody is left");
}

#[test]
fn actors_are_told_and_fail_and_end_and_all_is_accounted_for() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(soak());
}
