//! The systems that are compared: one file each, and the table of them.

use futures::future::BoxFuture;

use crate::measurement::Outcome;
use crate::policy::{Policy, Tasks};
use crate::scenario::{Load, Scenario};

mod actix;
mod async_channel;
mod backon;
mod crossfire;
mod erlang;
mod failsafe;
mod governor;
mod greenroom;
mod kameo;
mod kanal;
mod pipelines;
mod ractor;
mod recloser;
mod seatbelt;
mod tachyonix;
mod throttle_net;
mod tokio_mpsc;
mod tower;
mod tower_resilience;
mod xtra;

/// Every system, in the order in which the first round takes them.
pub(crate) const ALL: &[System] = &[
    greenroom::SYSTEM,
    ractor::SYSTEM,
    kameo::SYSTEM,
    actix::SYSTEM,
    xtra::SYSTEM,
    erlang::SYSTEM,
    tokio_mpsc::SYSTEM,
    kanal::SYSTEM,
    crossfire::SYSTEM,
    tachyonix::SYSTEM,
    async_channel::SYSTEM,
    recloser::SYSTEM,
    failsafe::SYSTEM,
    seatbelt::SYSTEM,
    tower_resilience::SYSTEM,
    tower::SYSTEM,
    governor::SYSTEM,
    backon::SYSTEM,
    throttle_net::SYSTEM,
];

/// The system that the others are peers of.
pub(crate) const OURS: &str = "greenroom";

/// The capacity that mailboxes and channels are given, where they take one.
pub(crate) const CAPACITY: usize = 1_024;

/// The time-out of an ask, where there is one to arm.
pub(crate) const TIME_OUT: std::time::Duration = std::time::Duration::from_secs(5);

/// Worker threads of the runtime that a system runs on.
pub(crate) const WORKERS: usize = 2;

/// Actors over which the memory of a peer is measured.
pub(crate) const CROWD: u64 = 100_000;

/// One system, and what it is measured in.
pub(crate) struct System {
    /// Its crate's name, or the runtime's.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The mailbox's capacity that is in force, read back from the system where it tells.
    pub(crate) capacity: fn() -> Capacity,
    /// How it is set up: verbs, time-out.
    pub(crate) setup: &'static str,
    /// Actors over which its memory is measured.
    pub(crate) crowd: u64,
    /// Whether it can run on this machine, or why not.
    pub(crate) available: fn() -> Result<(), String>,
    /// Runs a cell to its end, on the threads that the system wants.
    pub(crate) host: fn(BoxFuture<'static, Outcome>) -> Outcome,
    /// What it is measured in.
    pub(crate) cells: &'static [(Scenario, Cell)],
    /// Policies that it is measured in by one task alone.
    pub(crate) alone: &'static [Policy],
    /// The policies that it has.
    pub(crate) policies: &'static [(Policy, Calls)],
}

/// One round of one scenario in one system.
pub(crate) type Cell = fn(Load) -> BoxFuture<'static, Outcome>;

/// One round of calls through a policy of one system, by so many tasks.
pub(crate) type Calls = fn(Load, Tasks) -> BoxFuture<'static, Outcome>;

/// A round that is about to begin.
pub(crate) type Round = Box<dyn Fn(Load) -> BoxFuture<'static, Outcome>>;

/// What a system is, since an actor does more than a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Actors with their own state, lifecycle and replies.
    Actors,
    /// A bare channel with a task at its end.
    Channel,
    /// Policies around calls.
    Policies,
}

/// How much a mailbox holds before a sender waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capacity {
    Messages(usize),
    /// The verb never waits.
    Unbounded,
    /// There is no mailbox.
    None,
}

impl System {
    /// The system of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|system| system.name == name)
    }

    /// The cell for a scenario, if the system takes part in it.
    pub(crate) fn cell(&self, scenario: Scenario) -> Option<Round> {
        if let Scenario::Calls(policy, tasks) = scenario {
            if tasks != Tasks::One && self.alone.contains(&policy) {
                return None;
            }
            let (_, calls) = *self.policies.iter().find(|(of, _)| *of == policy)?;
            return Some(Box::new(move |load| calls(load, tasks)));
        }
        let (_, cell) = *self.cells.iter().find(|(of, _)| *of == scenario)?;
        Some(Box::new(cell))
    }
}

/// The `available` of a system that is compiled in.
pub(crate) fn built_in() -> Result<(), String> {
    Ok(())
}

/// The host of everything that runs on tokio. The cell is a task of its own, since the thread that
/// enters the runtime would be a third beside the workers.
pub(crate) fn two_workers(cell: BoxFuture<'static, Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async { tokio::spawn(cell).await })?;
    runtime.shutdown_background();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell that is missing would be left out of every table without a word.
    #[test]
    fn names_are_there_once_and_so_is_each_cell_of_their_kind() {
        for (place, system) in ALL.iter().enumerate() {
            assert!(
                ALL[..place].iter().all(|other| other.name != system.name),
                "{}",
                system.name
            );
            for (policy, _) in system.policies {
                let cells = system.policies.iter().filter(|(of, _)| of == policy);
                assert_eq!(cells.count(), 1, "{} in {policy:?}", system.name);
            }
            for &scenario in Scenario::all() {
                if matches!(scenario, Scenario::Calls(..)) {
                    continue;
                }
                let cells = system
                    .cells
                    .iter()
                    .filter(|(of, _)| *of == scenario)
                    .count();
                let told = matches!(scenario, Scenario::Tell1To1 | Scenario::Tell4To1);
                let expected = match system.kind {
                    Kind::Actors => 1,
                    Kind::Channel => usize::from(told),
                    Kind::Policies => 0,
                };
                assert_eq!(cells, expected, "{} in {scenario}", system.name);
            }
        }
    }

    #[test]
    fn what_has_a_bound_has_the_same() {
        for system in ALL {
            let capacity = (system.capacity)();
            let bounds = match system.kind {
                Kind::Policies => vec![Capacity::None],
                _ => vec![Capacity::Messages(CAPACITY), Capacity::Unbounded],
            };
            assert!(bounds.contains(&capacity), "{}: {capacity:?}", system.name);
        }
    }
}
