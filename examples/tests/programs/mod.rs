//! Finds the examples as programs: `cargo test` builds them before it runs tests.

use std::path::PathBuf;
use std::process::Command;

/// The program of an example, of the same profile as this test.
pub fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test.parent().and_then(|deps| deps.parent());
    let folder: PathBuf = profile.expect("tests lie in PROFILE/deps").join("examples");
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is missing: `cargo test -p greenroom-examples` builds it, `--test` alone does not",
        program.display()
    );
    Command::new(program)
}
