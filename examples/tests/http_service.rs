//! `http_service` as a process of its own, under concurrent clients: killed and started again,
//! drained, flooded. No acknowledged money is lost, and none is made up.
#![cfg(unix)]

#[path = "../http_service/client.rs"]
mod client;
mod programs;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use futures::future::join_all;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use client::Client;

/// A running service; killed when the test ends.
struct Service {
    process: Child,
    stdout: BufReader<ChildStdout>,
    client: Client,
}

impl Service {
    fn start(data: &Path, more: &[&str]) -> Self {
        let mut process = programs::example("http_service")
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example runs");
        let mut stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout
            .read_line(&mut line)
            .expect("it says where it listens");
        let address = line.trim().strip_prefix("listening on ");
        let address = address.unwrap_or_else(|| panic!("{line:?}"));
        let client = Client::new(address.parse().expect("an address"));
        Self {
            process,
            stdout,
            client,
        }
    }

    /// SIGKILL: no chance to do anything more.
    fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }

    /// Sends SIGTERM.
    fn terminate(&self) {
        let process = self.process.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &process]).status();
        assert!(kill.expect("kill runs").success());
    }

    /// Waits for the end; what it printed.
    fn ended_well(&mut self) -> String {
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).expect("text");
        assert!(self.process.wait().expect("it ends").success(), "{printed}");
        printed
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn data() -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().expect("a folder for the test");
    let file = folder.path().join("accounts.redb");
    (folder, file)
}

/// What one client was told of its deposits.
#[derive(Default, Debug, Clone, Copy)]
struct Told {
    done: u64,
    unknown: u64,
}

/// Pays into its own account and sends most of it around, until the service is gone.
async fn use_until_killed(client: Client, number: usize, done: Arc<AtomicU64>) -> Told {
    let (own, other) = (
        format!("own-{number}"),
        format!("own-{}", (number + 1) % CLIENTS),
    );
    let mut told = Told::default();
    loop {
        match client.deposit(&own, 100).await {
            Ok(answer) if answer.status == StatusCode::OK => told.done += 100,
            Ok(answer) if answer.status == StatusCode::SERVICE_UNAVAILABLE => {}
            // Killed in between: done or not, it is not known.
            Ok(_) | Err(_) => {
                told.unknown += 100;
                return told;
            }
        }
        if client.transfer(&own, &other, 70).await.is_err() {
            return told;
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

const CLIENTS: usize = 12;

fn accounts() -> Vec<String> {
    (0..CLIENTS).map(|number| format!("own-{number}")).collect()
}

async fn survives_kills(more: &[&str]) {
    let (_folder, file) = data();
    let mut told = Told::default();
    for _round in 0..4 {
        let mut service = Service::start(&file, more);
        let done = Arc::new(AtomicU64::new(0));
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            clients.spawn(use_until_killed(
                service.client.clone(),
                number,
                Arc::clone(&done),
            ));
        }
        let enough = async {
            while done.load(Ordering::Relaxed) < 100 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(30), enough)
            .await
            .expect("100 rounds of deposits");
        service.kill();
        for one in clients.join_all().await {
            told.done += one.done;
            told.unknown += one.unknown;
        }
    }
    let service = Service::start(&file, &[]);
    let sum = service
        .client
        .sum(&accounts())
        .await
        .expect("all transfers arrive");
    assert!(told.done > 0);
    assert!(
        (told.done..=told.done + told.unknown).contains(&sum),
        "{sum} is there, of which the clients know: {told:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_money_is_lost_or_made_up_across_kills() {
    survives_kills(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_money_is_lost_or_made_up_when_accounts_come_and_go() {
    survives_kills(&["--idle-ms", "1"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_deposit_is_there_after_a_kill() {
    let (_folder, file) = data();
    let mut known = BTreeMap::new();
    for round in 1..=5_u64 {
        let mut service = Service::start(&file, &[]);
        let deposits = accounts().into_iter().map(|account| {
            let client = service.client.clone();
            async move { (client.deposit(&account, round).await, account) }
        });
        for (answer, account) in join_all(deposits).await {
            let answer = answer.expect("an answer");
            assert_eq!(answer.status, StatusCode::OK);
            known.insert(account, answer.body["balance"].as_u64().expect("a balance"));
        }
        service.kill();
        let service = Service::start(&file, &[]);
        for (account, balance) in &known {
            assert_eq!(
                service.client.balance(account).await.expect("a balance"),
                *balance
            );
        }
    }
    assert!(known.values().all(|balance| *balance == 15));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_answers_what_is_under_way() {
    let (_folder, file) = data();
    let mut service = Service::start(&file, &[]);
    let client = service.client.clone();
    let mut requests = JoinSet::new();
    for number in 0..200 {
        let (client, account) = (client.clone(), format!("own-{}", number % CLIENTS));
        requests.spawn(async move { client.deposit(&account, 1).await });
    }
    let first = requests
        .join_next()
        .await
        .expect("one of them")
        .expect("no panic");
    service.terminate();
    let mut done = u64::from(first.is_ok_and(|answer| answer.status == StatusCode::OK));
    while let Some(answer) = requests.join_next().await {
        match answer.expect("no panic") {
            Ok(answer) if answer.status == StatusCode::OK => done += 1,
            Ok(answer) => assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE),
            // It came too late to be taken.
            Err(_) => {}
        }
    }
    assert!(service.ended_well().contains("all accounts stored"));
    let service = Service::start(&file, &[]);
    let sum = service.client.sum(&accounts()).await.expect("balances");
    assert_eq!(sum, done, "what was handled was answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_mailbox_says_when_to_come_again() {
    let (_folder, file) = data();
    let service = Service::start(&file, &["--mailbox", "1"]);
    let deposits = (0..100).map(|_| service.client.deposit("flood", 1));
    let (mut done, mut full) = (0, 0);
    for answer in join_all(deposits).await {
        let answer = answer.expect("an answer");
        if answer.status == StatusCode::OK {
            done += 1;
        } else {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(answer.retry_after.as_deref(), Some("1"));
            full += 1;
        }
    }
    assert!(done > 0 && full > 0, "{done} done, {full} full");
    assert_eq!(
        service.client.balance("flood").await.expect("a balance"),
        done
    );
}

#[tokio::test]
async fn what_is_wrong_in_a_request_is_named() {
    let (_folder, file) = data();
    let service = Service::start(&file, &[]);
    let long = format!("/accounts/{}/deposits", "x".repeat(33));
    for (path, body, status, reason) in [
        ("/accounts/Ann/deposits", r#"{"amount":1}"#, 400, "name"),
        ("/accounts/a%2Fb/deposits", r#"{"amount":1}"#, 400, "name"),
        (long.as_str(), r#"{"amount":1}"#, 400, "name"),
        (
            "/accounts/ann/deposits",
            r#"{"amount":0}"#,
            400,
            "an amount is 1 to",
        ),
        (
            "/accounts/ann/deposits",
            r#"{"amount":1.5}"#,
            400,
            "floating point",
        ),
        (
            "/accounts/ann/deposits",
            r#"{"amount":99999999999999999999}"#,
            400,
            "amount",
        ),
        (
            "/accounts/ann/deposits",
            r#"{"amount":1,"more":1}"#,
            400,
            "unknown field",
        ),
        ("/accounts/ann/deposits", "", 400, "EOF"),
        (
            "/accounts/ann/transfers",
            r#"{"to":"ann","amount":1}"#,
            400,
            "two accounts",
        ),
        (
            "/accounts/ann/transfers",
            r#"{"to":"","amount":1}"#,
            400,
            "name",
        ),
        (
            "/accounts/ann/transfers",
            r#"{"to":"bob","amount":1}"#,
            404,
            "no such account",
        ),
    ] {
        let answer = service.client.request(path, Some(body.to_owned())).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status.as_u16(), status, "{path} {body}: {answer:?}");
        let text = answer.body["error"].as_str().unwrap_or_default();
        assert!(text.contains(reason), "{path} {body}: {text}");
    }
    let answer = service.client.deposit("ann", 10).await.expect("an answer");
    assert_eq!(answer.status, StatusCode::OK);
    let answer = service
        .client
        .transfer("ann", "bob", 11)
        .await
        .expect("an answer");
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

#[test]
fn the_demo_checks_its_own_sums() {
    let demo = programs::example("http_service")
        .args(["--headless", "--seconds", "1"])
        .output();
    let demo = demo.expect("the example runs");
    assert!(demo.status.success(), "{demo:?}");
}
