//! Erlang: a virtual machine of its own, started for each round, if this machine has one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::time::Duration;

use super::{CROWD, Capacity, Kind, System, WORKERS, two_workers};
use crate::measurement::{Fault, Measurement, Outcome};
use crate::scenario::{Load, Scenario};

/// What the virtual machine runs.
const SOURCE: &str = include_str!("greenroom_compare.erl");

/// The script's module. OTP has modules of its own whose names it must not take.
const MODULE: &str = "greenroom_compare";

pub(crate) const SYSTEM: System = System {
    name: "erlang",
    kind: Kind::Actors,
    capacity: || Capacity::Unbounded,
    setup: "plain processes, `!`; asks by a reference and `receive ... after 5000`; registered, \
            linked to a parent that traps exits, start awaited; two schedulers",
    crowd: CROWD,
    available,
    host: two_workers,
    cells: &[
        (Scenario::Tell1To1, |load| {
            Box::pin(run(Scenario::Tell1To1, load))
        }),
        (Scenario::Tell4To1, |load| {
            Box::pin(run(Scenario::Tell4To1, load))
        }),
        (Scenario::Ask, |load| Box::pin(run(Scenario::Ask, load))),
        (Scenario::Pingpong, |load| {
            Box::pin(run(Scenario::Pingpong, load))
        }),
        (Scenario::Spawn, |load| Box::pin(run(Scenario::Spawn, load))),
        (Scenario::Memory, |load| {
            Box::pin(run(Scenario::Memory, load))
        }),
    ],
    alone: &[],
    policies: &[],
};

fn available() -> Result<(), String> {
    let path = env::var_os("PATH").unwrap_or_default();
    for program in ["erl", "erlc"] {
        if !env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
            return Err(format!("`{program}` is not on the PATH"));
        }
    }
    Ok(())
}

async fn run(scenario: Scenario, load: Load) -> Outcome {
    let folder = Scratch::new()?;
    let source = folder.0.join(MODULE).with_extension("erl");
    fs::write(&source, SOURCE)?;
    output(Command::new("erlc").arg("-o").arg(&folder.0).arg(&source))?;
    let schedulers = format!("{WORKERS}:{WORKERS}");
    let mut machine = Command::new("erl");
    machine
        .env("ERL_CRASH_DUMP_SECONDS", "0")
        .args(["+S", &schedulers, "-noshell", "-noinput"])
        .arg("-pa")
        .arg(&folder.0)
        .args(["-run", MODULE, "main"])
        .args([scenario.name(), &load.count().to_string()]);
    let printed = output(&mut machine)?;
    let fields: Vec<&str> = printed.split_whitespace().collect();
    match fields[..] {
        ["time", nanoseconds, count] => Ok(Measurement::time(
            Duration::from_nanos(nanoseconds.parse()?),
            count.parse()?,
        )),
        ["memory", bytes, count] => Ok(Measurement::memory(bytes.parse()?, count.parse()?)),
        _ => Err(format!("Erlang printed: {printed}").into()),
    }
}

/// Runs a program to its end and returns what it printed.
fn output(command: &mut Command) -> Result<String, Fault> {
    let output = command.output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(printed)
    } else {
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "{command:?} ended with {}: {printed}{errors}",
            output.status
        )
        .into())
    }
}

/// A folder for the compiled script, gone with the round.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Fault> {
        let folder = env::temp_dir().join(format!("compare-erlang-{}", process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let folder: &Path = &self.0;
        if let Err(error) = fs::remove_dir_all(folder) {
            eprintln!("{} is left behind: {error}", folder.display());
        }
    }
}
