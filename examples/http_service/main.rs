//! An account service over HTTP, with an actor for each account.
//!
//! - *One actor an account*, made on demand and gone from memory when nobody asks for it
//!   (`account.rs`, `bank.rs`). It alone changes its balance, so requests for one account come one
//!   after the other and those for different ones side by side; there is no lock.
//! - *Answered means durable.* A deposit is answered once the store has it on disk (`store.rs`,
//!   `file.rs`), and concurrent changes of different accounts share a sync. When the store fails,
//!   so does the actor: the next one loads what is really there.
//! - *A transfer loses nothing.* The sender's change and the transfer itself become durable
//!   together, then the receiver takes the transfer in, once. What a crash leaves on its way is
//!   delivered after the restart.
//! - *Overload is answered*: an account whose mailbox is full says 503 with `Retry-After`. Every
//!   error says whether it is safe to ask again.
//! - SIGTERM lets requests end that are under way, then the accounts, then the process.
//!
//! ```sh
//! cargo run --release --example http_service -- --data accounts.redb
//! curl localhost:8080/accounts/ann/deposits --json '{"amount":500}'
//! curl localhost:8080/accounts/ann/transfers --json '{"to":"bob","amount":200}'
//! curl localhost:8080/accounts/bob
//! ```
//!
//! With `--headless` it runs a demo, with clients of its own, and checks the sums:
//!
//! ```sh
//! cargo run --release --example http_service -- --headless --seconds 3
//! ```
//!
//! It prints (numbers vary):
//!
//! ```text
//! 16 clients, 3 s: 461 deposits and 914 transfers done durably, 7 refused
//! all adds up to 46100, paid in were 46100
//! /accounts/Bob!/deposits {"amount":1}: 400 an account's name is 1 to 32 of a to z,
//! /accounts/bob/deposits {"amount":0}: 400 an amount is 1 to 1000000000000
//! /accounts/bob/deposits {"amount":-5}: 400 Failed to deserialize the JSON body into
//! /accounts/bob/deposits not JSON: 400 Failed to parse the request body as JSON
//! /accounts/bob/transfers {"to":"bob","amount":1}: 400 a transfer needs two accounts
//! 128 deposits at once to one account: 33 done, 95 asked to come again
//! the flood adds up to 33, paid in were 33
//! after a restart all adds up to 46133, paid in were 46133
//! ```

mod account;
mod bank;
mod client;
mod demo;
mod file;
mod routes;
mod store;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use greenroom::{Phase, System};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use bank::{Accounts, Settings};
use client::BoxError;
use file::File;
use store::{InMemory, Store};

/// How long requests may take that are under way at a shutdown.
const DRAIN: Duration = Duration::from_secs(10);

/// An account service over HTTP, with an actor for each account.
#[derive(Parser, Clone)]
struct Args {
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The file that accounts are kept in; without one they are gone with the process.
    #[arg(long)]
    data: Option<PathBuf>,
    /// After how many milliseconds without a request an account goes from memory.
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(u64).range(1..))]
    idle_ms: u64,
    /// How many requests may wait for one account.
    #[arg(long, default_value_t = 16, value_parser = mailbox)]
    mailbox: usize,
    /// Runs the demo and checks its sums.
    #[arg(long)]
    headless: bool,
    /// How long the demo moves money about.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
}

fn mailbox(text: &str) -> Result<usize, String> {
    let places = text.parse().map_err(|error| format!("{error}"))?;
    if (1..=100_000).contains(&places) {
        Ok(places)
    } else {
        Err("a mailbox has 1 to 100000 places".to_owned())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let result = if args.headless {
        demo::run(args).await
    } else {
        serve(&args).await
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("http_service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: &Args) -> Result<(), BoxError> {
    let service = start(args).await?;
    println!("listening on {}", service.address);
    service.system.shutdown_on_signal().await?;
    println!("all requests ended, all accounts stored");
    Ok(())
}

/// A service that runs; shutting its system down ends it.
struct Running {
    address: SocketAddr,
    system: System,
}

async fn start(args: &Args) -> Result<Running, BoxError> {
    let store: Arc<dyn Store> = match &args.data {
        Some(path) => Arc::new(File::open(path)?),
        None => Arc::new(InMemory::default()),
    };
    let system = System::new("accounts");
    let settings = Settings {
        store: Arc::clone(&store),
        idle_after: Duration::from_millis(args.idle_ms),
        mailbox: args.mailbox,
        accounts_max: 100_000,
    };
    let accounts = Accounts::start(&system, settings).await?;
    let listener = TcpListener::bind(args.listen).await?;
    let address = listener.local_addr()?;

    let closing = Arc::new(Notify::new());
    let told = Arc::clone(&closing);
    let server = axum::serve(listener, routes::routes(accounts, store))
        .with_graceful_shutdown(async move { told.notified().await });
    let server = tokio::spawn(server.into_future());
    system.on_shutdown(Phase::Drain, "http", DRAIN, move || async move {
        closing.notify_one();
        // It ends when the last request is answered.
        let _ = server.await;
    });
    Ok(Running { address, system })
}
