//! The check that comes before every figure.

use std::error::Error;

/// Why there is no figure. A benchmark has nobody who could act on the kind of an error, so its
/// text is all that is kept.
pub type Fault = Box<dyn Error + Send + Sync>;

/// Work that came out wrong has no figure.
///
/// # Errors
///
/// The two numbers differ.
pub fn check(what: &str, got: u64, expected: u64) -> Result<(), Fault> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what}: {got}, and it should be {expected}").into())
    }
}
