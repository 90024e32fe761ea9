//! Runs actor systems and channels beside each other, all on the same work.
//!
//! `README.md` of this crate says by which rules.

mod allocations;
mod chart;
mod cli;
mod drive;
mod figures;
mod lines;
mod machine;
mod measurement;
mod policy;
mod round;
mod rounds;
mod scenario;
mod series;
mod systems;
mod table;
mod tally;

use std::fs;
use std::process::ExitCode;

use clap::Parser as _;
use greenroom_benches::clock;

use crate::cli::Cli;
use crate::measurement::Fault;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("compare: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Fault> {
    if let Some(system) = cli.one_round {
        let scenario = cli
            .scenarios
            .first()
            .ok_or("--one-round wants a scenario")?;
        return round::run(*scenario, system, cli.messages, cli.count_allocations);
    }
    let machine = machine::description();
    let series = rounds::run(&cli.scenarios(), &cli.systems(), cli.rounds, cli.messages)?;
    if cli.messages.is_some() {
        println!("all rounds came out right; they were too short for figures");
        return Ok(());
    }
    if cli.json {
        print!("{}", lines::render(&series));
    } else {
        print!("{}", table::render(&series, &machine, cli.rounds));
    }
    if let Some(path) = &cli.svg {
        fs::write(path, chart::render(&series, &machine))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}
