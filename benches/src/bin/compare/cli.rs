//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::scenario::{Load, Scenario};
use crate::systems::{self, System};

/// Compares actor systems and channels on the same work, on this machine.
///
/// Each round of each system is a process of its own; systems take turns, and each round begins
/// with another one. Only ratios within one run mean anything: the same program can be several
/// times slower in a bad minute.
#[derive(Parser)]
#[command(name = "compare")]
pub(crate) struct Cli {
    /// What to measure; everything, unless something is named
    #[arg(value_enum, value_name = "SCENARIO")]
    pub(crate) scenarios: Vec<Scenario>,

    /// How often each system is measured in each scenario
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,

    /// How many messages, or actors, a round is, an even number: a quick look whether all systems
    /// do their work. So few say nothing of speed or memory, so no figures are printed
    #[arg(long, value_name = "N", value_parser = messages, conflicts_with_all = ["json", "svg"])]
    pub(crate) messages: Option<Load>,

    /// Run these systems alone (a list with commas)
    #[arg(long, value_name = "SYSTEM", value_delimiter = ',', value_parser = system)]
    only: Vec<&'static System>,

    /// Leave out these systems (a list with commas)
    #[arg(long, value_name = "SYSTEM", value_delimiter = ',', value_parser = system)]
    without: Vec<&'static System>,

    /// Print one JSON object a line instead of tables
    #[arg(long)]
    pub(crate) json: bool,

    /// Also draw a chart
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,

    /// Run one round of this system in this process, and print what came of it
    #[arg(long, value_name = "SYSTEM", hide = true, value_parser = system)]
    pub(crate) one_round: Option<&'static System>,

    /// In that round, count allocations and not time
    #[arg(long, hide = true, requires = "one_round")]
    pub(crate) count_allocations: bool,
}

impl Cli {
    /// The scenarios to run, each once, in their own order.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let wanted =
            |scenario: &Scenario| self.scenarios.is_empty() || self.scenarios.contains(scenario);
        Scenario::all().iter().copied().filter(wanted).collect()
    }

    /// The systems to run, each once, in their own order.
    pub(crate) fn systems(&self) -> Vec<&'static System> {
        let among =
            |list: &[&System], system: &System| list.iter().any(|one| one.name == system.name);
        let wanted = |system: &&System| {
            (self.only.is_empty() || among(&self.only, system)) && !among(&self.without, system)
        };
        systems::ALL.iter().filter(wanted).collect()
    }
}

fn system(name: &str) -> Result<&'static System, String> {
    System::named(name).ok_or_else(|| {
        let known: Vec<&str> = systems::ALL.iter().map(|system| system.name).collect();
        format!("known systems are {}", known.join(", "))
    })
}

fn messages(number: &str) -> Result<Load, String> {
    let even = number.parse().ok().and_then(Load::of);
    even.ok_or_else(|| "two players share them, so it is an even number".to_owned())
}
