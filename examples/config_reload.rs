//! A configuration file that is edited while calls run: what changes, what stays, what is refused.
//!
//! 1. A pipeline is read from a file: a time-out, and a circuit breaker that opens after three
//!    failures in a row.
//! 2. The service goes down, and the breaker opens for 30 seconds.
//! 3. Somebody edits the file. The registry tells what is different now, and the breaker is as open
//!    as it was: nobody has forgotten that the service is down.
//! 4. Somebody makes mistakes. All are told at once, with their lines, and nothing changes.
//! 5. The service is well again, and so are the calls: under the new settings, through the same
//!    handle as at first.
//!
//! It runs in virtual time, so that its half a minute takes none.
//!
//! ```sh
//! cargo run --example config_reload
//! ```
//!
//! ```text
//! loaded:
//!   + inventory
//! three calls failed, the fourth was rejected: its circuit breaker is open; 30s to go
//! edited:
//!   inventory: bulkhead: unset -> on
//!   inventory: bulkhead.concurrent: unset -> 2
//!   inventory: circuit_breaker.open_for: "30s" -> "10s"
//!   inventory: timeout: "2s" -> "300ms"
//! the breaker that was open still is; 25s to go
//! refused, and nothing changed:
//!   line 2: instances.inventory.timeout
//!     expected a time such as "250ms" or false, found 300
//!   line 3: instances.inventory.circuit_breaker.consecutive
//!     a breaker needs at least 1 failure in a row to open, found 0
//!   line 4: instances.inventory.bulkhead.concurent
//!     unknown; there are concurrent, queue, max_wait, order
//! 30s after it opened the service works again: 7 in stock
//! a slow call ended by the new time-out: the call took longer than 300ms
//! ```

mod script;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use greenroom_resilience::Registry;
use greenroom_resilience::pipeline::{CallError, Pipeline, Rejected};
use greenroom_resilience::registry::config::{Changes, ConfigError};
use tokio::time::{sleep, timeout};

use script::Script;

const FIRST: &str = r#"[instances.inventory]
timeout = "2s"
circuit_breaker = { consecutive = 3, open_for = "30s" }
"#;

const EDITED: &str = r#"[instances.inventory]
timeout = "300ms"
circuit_breaker = { consecutive = 3, open_for = "10s" }
bulkhead = { concurrent = 2 }
"#;

const MISTAKEN: &str = r#"[instances.inventory]
timeout = 300
circuit_breaker = { consecutive =  0, open_for = "10s" }
bulkhead = { concurent = 3, concurrent = 3 }
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut script = Script::parse();
    while script.goes_on() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build()?;
        runtime.block_on(scenario())?;
    }
    Ok(())
}

async fn scenario() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("pipelines.toml");
    save(&path, FIRST)?;

    let registry = Registry::new();
    let loaded = registry.load(&path)?;
    println!("loaded:\n{}", indented(&loaded));
    // Fetched once. It follows whatever is done to the file.
    let inventory = registry.get("inventory").ok_or("the file has it")?;

    for _ in 0..3 {
        let down = ask(&inventory, Err("down"), Duration::ZERO).await;
        assert!(matches!(down, Err(CallError::Inner("down", _))));
    }
    let rejected = rejection(&inventory).await;
    let reason = rejected.reason;
    println!(
        "three calls failed, the fourth was rejected: {reason}; {} to go",
        left(&rejected)
    );
    assert_eq!(left(&rejected), "30s");

    // A service would do this in a task of its own, for as long as it runs.
    let mut watch = registry.watch(&path);
    sleep(Duration::from_secs(2)).await;
    save(&path, EDITED)?;
    let changes = watch.changed().await?;
    println!("edited:\n{}", indented(&changes));
    assert_eq!(changes.list().len(), 4);
    sleep(Duration::from_secs(2)).await;
    let rejected = rejection(&inventory).await;
    println!(
        "the breaker that was open still is; {} to go",
        left(&rejected)
    );

    save(&path, MISTAKEN)?;
    let Err(ConfigError::Mistakes(mistakes)) = watch.changed().await else {
        return Err("it was loaded with its mistakes".into());
    };
    println!("refused, and nothing changed:");
    for mistake in &mistakes.list {
        println!("  line {}: {}", mistake.line, mistake.path);
        match &mistake.found {
            Some(found) => println!("    {}, found {found}", mistake.problem),
            None => println!("    {}", mistake.problem),
        }
    }
    assert_eq!(mistakes.list.len(), 3);
    // As somebody would put it right again.
    save(&path, EDITED)?;
    assert!(
        timeout(Duration::from_secs(5), watch.changed())
            .await
            .is_err()
    );

    let to_go = rejection(&inventory).await.retry_after;
    sleep(to_go.ok_or("it is open for a time")?).await;
    let stock = ask(&inventory, Ok(7), Duration::ZERO).await?;
    println!("30s after it opened the service works again: {stock} in stock");
    let slow = ask(&inventory, Ok(7), Duration::from_millis(500)).await;
    let Err(CallError::Rejected(rejected)) = slow else {
        return Err("it had all the time it wanted".into());
    };
    println!("a slow call ended by the new time-out: {}", rejected.reason);
    Ok(())
}

/// Asks a service that answers this, after this time.
async fn ask(
    inventory: &Pipeline,
    answer: Result<u32, &'static str>,
    after: Duration,
) -> Result<u32, CallError<&'static str>> {
    let attempt = || async {
        sleep(after).await;
        answer
    };
    inventory.call(attempt).await
}

/// What the breaker says to a call that would succeed.
async fn rejection(inventory: &Pipeline) -> Rejected {
    match ask(inventory, Ok(7), Duration::ZERO).await {
        Err(CallError::Rejected(rejected)) => rejected,
        other => panic!("the breaker is open, and yet: {other:?}"),
    }
}

/// How long it stays open, in seconds.
fn left(rejected: &Rejected) -> String {
    let left = rejected.retry_after.unwrap_or_default();
    format!("{:.0}s", left.as_secs_f64())
}

/// Writes beside it and renames, so that nobody reads half a file.
fn save(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(new, path)
}

/// Two columns to the right.
fn indented(changes: &Changes) -> String {
    let lines: Vec<_> = changes
        .list()
        .iter()
        .map(|change| format!("  {change}"))
        .collect();
    lines.join("\n")
}
