//! The demo: a service of its own, clients that move money about, and the sums at the end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use futures::future::{join_all, try_join_all};
use tokio::time::{Instant, sleep};

use crate::client::{BoxError, Client};
use crate::{Args, Running, start};

const ACCOUNTS: usize = 10;
const CLIENTS: usize = 16;

/// What the clients were told.
#[derive(Default)]
struct Told {
    deposited: AtomicU64,
    deposits: AtomicU64,
    transfers: AtomicU64,
    refused: AtomicU64,
}

/// Runs the demo in a folder of its own, which is removed at the end.
pub async fn run(mut args: Args) -> Result<(), BoxError> {
    let folder = std::env::temp_dir().join(format!("greenroom-http-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    args.data = Some(folder.join("accounts.redb"));
    args.listen = "127.0.0.1:0".parse()?;
    let result = in_folder(&args).await;
    std::fs::remove_dir_all(&folder)?;
    result
}

async fn in_folder(args: &Args) -> Result<(), BoxError> {
    let accounts: Vec<String> = (0..ACCOUNTS)
        .map(|number| format!("account-{number}"))
        .collect();
    let service = start(args).await?;
    let client = Client::new(service.address);
    let told = Told::default();
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let clients = (0..CLIENTS).map(|first| move_money(&client, &accounts, first, until, &told));
    try_join_all(clients).await?;
    let deposited = told.deposited.load(Ordering::Relaxed);
    println!(
        "{CLIENTS} clients, {} s: {} deposits and {} transfers done durably, {} refused",
        args.seconds,
        told.deposits.load(Ordering::Relaxed),
        told.transfers.load(Ordering::Relaxed),
        told.refused.load(Ordering::Relaxed),
    );
    check("all", client.sum(&accounts).await?, deposited)?;

    mistakes(&client).await?;
    let flooded = flood(&client, args.mailbox).await?;

    // A second service on the same file, after the first has drained.
    stop(service).await?;
    let service = start_again(args).await?;
    let client = Client::new(service.address);
    let flood = ["flood".to_owned()];
    let sum = client.sum(accounts.iter().chain(&flood)).await?;
    check("after a restart all", sum, deposited + flooded)?;
    stop(service).await
}

fn check(what: &str, sum: u64, expected: u64) -> Result<(), BoxError> {
    println!("{what} adds up to {sum}, paid in were {expected}");
    if sum == expected {
        Ok(())
    } else {
        Err(format!("{what}: {sum} and not {expected}").into())
    }
}

async fn stop(service: Running) -> Result<(), BoxError> {
    Ok(service.system.shutdown().await?)
}

/// Starts on a file that is free only once the last task of the first service has let go of it.
async fn start_again(args: &Args) -> Result<Running, BoxError> {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        match start(args).await {
            Err(_) if Instant::now() < until => sleep(Duration::from_millis(10)).await,
            result => return result,
        }
    }
}

/// One client: in turns a deposit and two transfers, among all accounts.
async fn move_money(
    client: &Client,
    accounts: &[String],
    first: usize,
    until: Instant,
    told: &Told,
) -> Result<(), BoxError> {
    let mut step = first;
    while Instant::now() < until {
        let account = |offset: usize| &accounts[(step * 7 + offset) % accounts.len()];
        let answer = if step.is_multiple_of(3) {
            client.deposit(account(0), 100).await?
        } else {
            client
                .transfer(account(0), account(1 + step % 5), 30)
                .await?
        };
        let counter = match answer.status {
            StatusCode::OK | StatusCode::ACCEPTED if step.is_multiple_of(3) => {
                told.deposited.fetch_add(100, Ordering::Relaxed);
                &told.deposits
            }
            StatusCode::OK | StatusCode::ACCEPTED => &told.transfers,
            // Not enough money, or no room in a mailbox: certainly not done.
            StatusCode::CONFLICT | StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE => {
                &told.refused
            }
            other => return Err(format!("answered {other}: {}", answer.body).into()),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        step += CLIENTS + 1;
    }
    Ok(())
}

/// What is wrong in itself is answered 400, with the reason.
async fn mistakes(client: &Client) -> Result<(), BoxError> {
    for (path, body) in [
        ("/accounts/Bob!/deposits", r#"{"amount":1}"#),
        ("/accounts/bob/deposits", r#"{"amount":0}"#),
        ("/accounts/bob/deposits", r#"{"amount":-5}"#),
        ("/accounts/bob/deposits", "not JSON"),
        ("/accounts/bob/transfers", r#"{"to":"bob","amount":1}"#),
    ] {
        let answer = client.request(path, Some(body.to_owned())).await?;
        let reason = answer.body["error"].as_str().unwrap_or_default();
        println!("{path} {body}: {} {reason:.40}", answer.status.as_u16());
        if answer.status != StatusCode::BAD_REQUEST {
            return Err(format!("{path} {body} answered {}", answer.status).into());
        }
    }
    Ok(())
}

/// Far more requests at once than one account's mailbox holds; returns what was paid in.
async fn flood(client: &Client, mailbox: usize) -> Result<u64, BoxError> {
    let requests = 8 * mailbox;
    let answers = join_all((0..requests).map(|_| client.deposit("flood", 1))).await;
    let (mut done, mut full) = (0, 0);
    for answer in answers {
        let answer = answer?;
        match (answer.status, answer.retry_after) {
            (StatusCode::OK, _) => done += 1,
            (StatusCode::SERVICE_UNAVAILABLE, Some(_)) => full += 1,
            (other, _) => return Err(format!("the flood was answered {other}").into()),
        }
    }
    println!("{requests} deposits at once to one account: {done} done, {full} asked to come again");
    check("the flood", client.balance("flood").await?, done)?;
    Ok(done)
}
