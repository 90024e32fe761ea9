//! All rounds: each system in turn, each time in a process of its own, in an order that rotates.

use std::env;
use std::process::{Command, Stdio};

use crate::allocations::Allocations;
use crate::figures;
use crate::measurement::{Fault, Measurement};
use crate::scenario::{Load, Scenario};
use crate::series::Series;
use crate::systems::System;

/// Runs the scenarios one after another. Says on standard error how far it is.
///
/// # Errors
///
/// The first round that fails ends everything: a system that loses a message has no figure to
/// stand beside the others'.
pub(crate) fn run(
    scenarios: &[Scenario],
    systems: &[&'static System],
    rounds: u32,
    load: Option<Load>,
) -> Result<Vec<Series>, Fault> {
    let systems = available(systems);
    let mut all = Vec::new();
    for &scenario in scenarios {
        let mut series: Vec<Series> = systems
            .iter()
            .filter(|system| system.cell(scenario).is_some())
            .map(|system| Series {
                scenario,
                system,
                measurements: Vec::new(),
                allocations: None,
            })
            .collect();
        for round in 0..rounds {
            for turn in 0..series.len() {
                let next = (round as usize + turn) % series.len();
                let series = &mut series[next];
                let measurement = one_round(scenario, series.system, load)?;
                series.measurements.push(measurement);
                let outcome = if load.is_some() {
                    "right".to_owned()
                } else {
                    figures::with_unit(measurement.figure(), scenario.quantity())
                };
                let name = series.system.name;
                eprintln!("{scenario} {}/{rounds} {name}: {outcome}", round + 1);
            }
        }
        if let (Scenario::Calls(..), None) = (scenario, load) {
            for series in &mut series {
                series.allocations = Some(allocations(scenario, series.system)?);
            }
        }
        all.append(&mut series);
    }
    Ok(all)
}

/// Those that can run here; the others are named with the reason.
fn available(systems: &[&'static System]) -> Vec<&'static System> {
    let can_run = |system: &&'static System| match (system.available)() {
        Ok(()) => true,
        Err(reason) => {
            eprintln!("{} is left out: {reason}", system.name);
            false
        }
    };
    systems.iter().copied().filter(can_run).collect()
}

fn one_round(
    scenario: Scenario,
    system: &System,
    load: Option<Load>,
) -> Result<Measurement, Fault> {
    let mut options = Vec::new();
    if let Some(load) = load {
        options.extend(["--messages".to_owned(), load.count().to_string()]);
    }
    Measurement::from_line(&round_of(scenario, system, &options)?)
}

/// What a call allocates, counted in a process apart from those that are timed.
fn allocations(scenario: Scenario, system: &System) -> Result<Allocations, Fault> {
    let options = ["--count-allocations".to_owned()];
    Allocations::from_line(&round_of(scenario, system, &options)?)
}

/// Runs one round in a process of its own, and returns the line that it printed.
fn round_of(scenario: Scenario, system: &System, options: &[String]) -> Result<String, Fault> {
    let output = Command::new(env::current_exe()?)
        .args([scenario.name(), "--one-round", system.name])
        .args(options)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        let name = system.name;
        return Err(format!(
            "a round of {name} in {scenario} ended with {}",
            output.status
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
