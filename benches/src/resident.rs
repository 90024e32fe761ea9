//! What this process occupies.

use std::fs;

use crate::check::Fault;

/// This process's resident set: the second field of `/proc/self/statm`, as the kernel gives it in
/// kilobytes, so that the size of a page need not be known.
///
/// # Errors
///
/// There is no such file, or it says something else.
pub fn bytes() -> Result<u64, Fault> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .ok_or("/proc/self/status has no VmRSS")?;
    Ok(kilobytes.trim().parse::<u64>()? * 1_024)
}
