//! What each short example can be told on the command line: a script runs them all alike.

use std::time::Duration;

use clap::Parser;
use tokio::time::Instant;

/// Checks its own claims, and ends with an error when one does not hold.
#[derive(Parser)]
struct Args {
    /// Says at the end that every claim held. There is nothing to look at that it takes away.
    #[arg(long)]
    headless: bool,
    /// Runs the scenario again and again for so long; once without.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seconds: u64,
}

/// How often the scenario of an example is to run.
pub struct Script {
    args: Args,
    begun: Instant,
    rounds: u64,
}

impl Script {
    /// Reads the command line; one that can't be read ends the program.
    pub fn parse() -> Self {
        Self {
            args: Args::parse(),
            begun: Instant::now(),
            rounds: 0,
        }
    }

    /// Whether there is another round: at least one, and more as long as there is time.
    pub fn goes_on(&mut self) -> bool {
        let time = Duration::from_secs(self.args.seconds);
        let over = self.rounds > 0 && self.begun.elapsed() >= time;
        if !over {
            self.rounds += 1;
        } else if self.args.headless {
            let (name, rounds) = (env!("CARGO_CRATE_NAME"), self.rounds);
            println!("{name}: every claim held; rounds: {rounds}");
        }
        !over
    }
}
