//! One round of one system: what a process of its own does.

use std::process;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::allocations::Allocations;
use crate::measurement::Fault;
use crate::scenario::{Load, Scenario};
use crate::systems::System;

/// A round that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs the round, with all its work if no other load is given, and prints its measurement on
/// standard output.
pub(crate) fn run(
    scenario: Scenario,
    system: &System,
    load: Option<Load>,
    count_allocations: bool,
) -> Result<(), Fault> {
    let cell = system
        .cell(scenario)
        .ok_or_else(|| format!("{} takes no part in {scenario}", system.name))?;
    let _ends_with_the_round = watch();
    if count_allocations {
        println!("{}", Allocations::count(&cell)?.to_line());
        return Ok(());
    }
    let load = load.unwrap_or_else(|| scenario.load(system.crowd));
    let measurement = (system.host)(cell(load))?;
    println!("{}", measurement.to_line());
    Ok(())
}

/// Ends the process if the round does not end: from a thread, since a timer in the runtime would
/// change what its own timers cost.
fn watch() -> Sender<()> {
    let (round, ended) = channel();
    thread::spawn(move || {
        if ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            eprintln!("compare: a round took longer than {} s", LIMIT.as_secs());
            process::exit(1);
        }
    });
    round
}
