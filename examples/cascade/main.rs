//! How an overload brings down services that wait for each other, and what policies change.
//!
//! Three services, each a pool of actors: a shop asks for orders, orders ask for stock, and the
//! stock serves 100 requests a second. 50 checkouts a second come all the time, which matter, and
//! 40 a second that only browse. From the 10th second to the 20th so many browse that 250 requests
//! come a second.
//!
//! 1. Without policies each service asks with a time-out of a second, and three times if need be.
//!    In the overload every queue is a second long, so each request is served just when its client
//!    has given up; and each of them comes back, so that it goes on when the overload is over.
//! 2. With policies the mailboxes shed what waits too long, browsers before checkouts, and repeats
//!    have a budget. Checkouts hardly notice the overload.
//!
//! The time is virtual, so a minute takes a moment, and each run is the same.
//!
//! ```sh
//! cargo run --release --example cascade
//! cargo run --release --example cascade -- --svg cascade.svg
//! ```

mod chart;
mod services;

use std::error::Error;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser;
use greenroom::prelude::*;
use greenroom_resilience::Criticality;
use tokio::time::{Instant, sleep, sleep_until};

use chart::{Series, bars, svg};
use services::{Next, PATIENCE, ShopMsg};

#[derive(Parser)]
struct Args {
    /// Prints no charts, checks its claims and says so.
    #[arg(long)]
    headless: bool,
    /// Runs again and again for so many seconds; once without.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seconds: u64,
    /// Writes a picture as well.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

const SECONDS: usize = 60;
const OVERLOAD: Range<usize> = 10..20;
const CHECKOUTS: u32 = 50;
/// The top of the charts.
const TOP: u32 = 250;

fn browsers(second: usize) -> u32 {
    if OVERLOAD.contains(&second) { 200 } else { 40 }
}

/// How many requests were served in time, of those that came in each second.
#[derive(Clone)]
struct Served {
    checkouts: Vec<u32>,
    browsers: Vec<u32>,
}

impl Served {
    fn note(&mut self, class: Criticality, second: usize) {
        match class {
            Criticality::Critical => self.checkouts[second] += 1,
            _ => self.browsers[second] += 1,
        }
    }

    fn in_all(&self) -> Vec<u32> {
        let both = self.checkouts.iter().zip(&self.browsers);
        both.map(|(checkouts, browsers)| checkouts + browsers)
            .collect()
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let mut rounds = 0;
    #[expect(
        clippy::disallowed_methods,
        reason = "the runtime's time is virtual here, that of `--seconds` is not"
    )]
    let begun = std::time::Instant::now();
    while rounds == 0 || begun.elapsed() < Duration::from_secs(args.seconds) {
        rounds += 1;
        let without = run(false).await?;
        let with = run(true).await?;
        if rounds == 1 {
            show(&args, &without, &with)?;
        }
        check(&without, &with)?;
    }
    Ok(())
}

/// A minute of load on three new services.
async fn run(with_policies: bool) -> Result<Served, Box<dyn Error>> {
    let system = System::builder("cascade").seed([7; 32]).build();
    let shop = services::spawn(&system, with_policies).await?;
    let shop = Arc::new(Next::new(&shop, with_policies)?);
    let served = Arc::new(Mutex::new(Served {
        checkouts: vec![0; SECONDS],
        browsers: vec![0; SECONDS],
    }));
    let start = Instant::now();
    let classes = [Criticality::Critical, Criticality::Sheddable];
    let clients = classes.map(|class| clients(&shop, &served, class, start));
    futures::future::join_all(clients).await;
    sleep(4 * PATIENCE).await;
    system.shutdown().await?;
    let served = served.lock().map_err(|_| "a client panicked")?;
    Ok(served.clone())
}

/// Clients of one class, who come whether others are served or not.
async fn clients(
    shop: &Arc<Next<ShopMsg>>,
    served: &Arc<Mutex<Served>>,
    class: Criticality,
    start: Instant,
) {
    for second in 0..SECONDS {
        let rate = match class {
            Criticality::Critical => CHECKOUTS,
            _ => browsers(second),
        };
        let from = start + Duration::from_secs(second as u64);
        for number in 0..rate {
            sleep_until(from + Duration::from_secs(1) * number / rate).await;
            let (shop, served) = (Arc::clone(shop), Arc::clone(served));
            tokio::spawn(async move {
                let began = Instant::now();
                let answer = shop.call(class, ShopMsg::Visit).await;
                if answer.is_ok() && began.elapsed() <= PATIENCE {
                    served
                        .lock()
                        .expect("nobody panics with it")
                        .note(class, second);
                }
            });
        }
    }
}

fn show(args: &Args, without: &Served, with: &Served) -> Result<(), Box<dyn Error>> {
    let came = (0..SECONDS).map(|second| CHECKOUTS + browsers(second));
    let series = [
        ("requests that come", "#888888", came.collect()),
        (
            "served in time, without policies",
            "#cc3311",
            without.in_all(),
        ),
        ("served in time, with policies", "#0077bb", with.in_all()),
        ("of these, checkouts", "#009988", with.checkouts.clone()),
    ];
    let series = series.map(|(name, color, values)| Series {
        name,
        color,
        values,
    });
    for line in series.iter().filter(|_| !args.headless) {
        println!("{}", bars(line, TOP));
    }
    if let Some(file) = &args.svg {
        std::fs::write(file, svg(&series, TOP))?;
        println!("wrote {}", file.display());
    }
    Ok(())
}

/// The share of what came in these seconds that was served in time, in percent.
fn share(served: &[u32], seconds: Range<usize>, rate: impl Fn(usize) -> u32) -> u32 {
    let came: u32 = seconds.clone().map(rate).sum();
    served[seconds].iter().sum::<u32>() * 100 / came
}

fn check(without: &Served, with: &Served) -> Result<(), Box<dyn Error>> {
    let all = |second| CHECKOUTS + browsers(second);
    let (before, after) = (0..OVERLOAD.start, OVERLOAD.end..OVERLOAD.end + 4);
    for (name, served) in [("without", without), ("with", with)] {
        let sum = served.in_all();
        println!(
            "{name} policies: {} % before the overload; in it {} % of all, {} % of the checkouts; \
             {} % in the four seconds after it",
            share(&sum, before.clone(), all),
            share(&sum, OVERLOAD, all),
            share(&served.checkouts, OVERLOAD, |_| CHECKOUTS),
            share(&sum, after.clone(), all),
        );
    }
    let (bad, good) = (without.in_all(), with.in_all());
    let claims = [
        (
            "both serve all before",
            share(&bad, before.clone(), all) >= 99,
        ),
        ("both serve all before", share(&good, before, all) >= 99),
        ("without, few are served", share(&bad, OVERLOAD, all) < 20),
        (
            "without, it outlasts the overload",
            share(&bad, after.clone(), all) < 50,
        ),
        (
            "with, checkouts are served",
            share(&with.checkouts, OVERLOAD, |_| CHECKOUTS) >= 90,
        ),
        (
            "with, all are served again at once",
            share(&good, after, all) >= 95,
        ),
    ];
    match claims.into_iter().find(|(_, holds)| !holds) {
        Some((claim, _)) => Err(format!("it does not hold: {claim}").into()),
        None => {
            println!(
                "check: without policies it collapses, and not only while it lasts; with them not"
            );
            Ok(())
        }
    }
}
