//! What the figures were taken on.

use std::fs;
use std::thread;

/// The processor's name, as far as the system tells, how many cores this process may use, and how
/// busy they were: to be asked for before anything is measured.
pub(crate) fn description() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unnamed processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load
        .split(' ')
        .next()
        .filter(|load| !load.is_empty())
        .unwrap_or("unknown");
    format!("{model}, {cores} cores, load {load} before the run")
}
