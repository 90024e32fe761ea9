//! A pipeline as a tower layer, on both sides of HTTP: inside an axum server and around a client.
//!
//! A shop asks a warehouse, which serves three at once and may burn. The server has a *bulkhead*
//! and a *circuit breaker* in front of it; rejections become responses with `Retry-After`.
//!
//! 1. Eight clients come at once, each with a connection of its own. One limit holds over all
//!    connections, though axum clones its services for each.
//! 2. The warehouse burns. Three failures open the breaker: callers are told at once when to come
//!    again, and the warehouse is left alone.
//! 3. The fire is out. A client with a pipeline of its own takes the server at its word: it waits
//!    as long as it was asked to, repeats what was refused, and finds the breaker about to close.
//!
//! ```sh
//! cargo run --example axum_tower
//! ```
//!
//! ```text
//! eight clients at once, three places: 3 are served, 5 are told 503, come again in 1 s
//! the warehouse burns: 500 500 500, and then: 503, come again in 1 s
//! it was called 3 times while it burned
//! a client that waits and repeats: 200; the breaker is closed again: 200 200
//! ```

mod script;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode, header};
use axum::routing::get;
use greenroom_resilience::http::{ByStatus, answer};
use greenroom_resilience::{Breaker, Bulkhead, Pipeline, Retry};
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::{ServiceBuilder, ServiceExt};

use script::Script;

type Body = Full<Bytes>;
type Client = legacy::Client<HttpConnector, Body>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut script = Script::parse();
    while script.goes_on() {
        scenario().await?;
    }
    Ok(())
}

/// What the shop depends on.
struct Warehouse {
    burns: AtomicBool,
    calls: AtomicU32,
    /// Nobody is served before they are open.
    doors: watch::Sender<bool>,
}

async fn stock(State(warehouse): State<Arc<Warehouse>>) -> Result<&'static str, StatusCode> {
    warehouse.calls.fetch_add(1, Ordering::Relaxed);
    let opened = warehouse
        .doors
        .subscribe()
        .wait_for(|open| *open)
        .await
        .is_ok();
    if warehouse.burns.load(Ordering::Relaxed) || !opened {
        return Err(StatusCode::INTERNAL_SERVER_ERROR);
    }
    Ok("7 of sku-1")
}

/// A server with a pipeline around its route.
async fn serve(warehouse: Arc<Warehouse>) -> Result<SocketAddr, Box<dyn Error>> {
    let pipeline = Pipeline::builder("stock")
        .bulkhead(Bulkhead::concurrent(3))
        .circuit_breaker(Breaker::consecutive(3).open_for(Duration::from_millis(500)))
        .build()?;
    // A handler's request is not cloned; its service never fails, so rejections are responses.
    let layer = pipeline.layer().once().classify(ByStatus).rejected(answer);
    let router = Router::new().route("/stock", get(stock)).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, router.with_state(warehouse));
    tokio::spawn(async { server.await });
    Ok(address)
}

/// A client with connections of its own.
fn client() -> Client {
    legacy::Client::builder(TokioExecutor::new()).build_http()
}

fn request(server: SocketAddr) -> Request<Body> {
    let request = Request::get(format!("http://{server}/stock"));
    request.body(Body::default()).expect("a request")
}

/// The status, and when to come again.
fn told<B>(response: &Response<B>) -> String {
    let status = response.status().as_u16();
    match response.headers().get(header::RETRY_AFTER) {
        Some(after) => format!(
            "{status}, come again in {} s",
            after.to_str().unwrap_or("?")
        ),
        None => status.to_string(),
    }
}

async fn ask(server: SocketAddr) -> Result<String, legacy::Error> {
    let response = client().request(request(server)).await?;
    Ok(told(&response))
}

async fn scenario() -> Result<(), Box<dyn Error>> {
    let warehouse = Arc::new(Warehouse {
        burns: AtomicBool::new(false),
        calls: AtomicU32::new(0),
        doors: watch::Sender::new(false),
    });
    let server = serve(Arc::clone(&warehouse)).await?;
    crowd(server, &warehouse).await?;
    fire(server, &warehouse).await?;
    recovery(server, &warehouse).await
}

async fn crowd(server: SocketAddr, warehouse: &Warehouse) -> Result<(), Box<dyn Error>> {
    let mut clients: JoinSet<_> = (0..8).map(|_| ask(server)).collect();
    let mut rejected = Vec::new();
    while clients.len() > 3 {
        rejected.push(clients.join_next().await.ok_or("they are eight")???);
    }
    warehouse.doors.send_replace(true);
    let mut served = Vec::new();
    while let Some(answer) = clients.join_next().await {
        served.push(answer??);
    }
    println!(
        "eight clients at once, three places: {} are served, {} are told {}",
        served.len(),
        rejected.len(),
        rejected[0],
    );
    assert!(served.iter().all(|answer| answer == "200"), "{served:?}");
    let all_told = rejected
        .iter()
        .all(|answer| answer == "503, come again in 1 s");
    assert!(all_told, "{rejected:?}");
    Ok(())
}

async fn fire(server: SocketAddr, warehouse: &Warehouse) -> Result<(), Box<dyn Error>> {
    warehouse.burns.store(true, Ordering::Relaxed);
    warehouse.calls.store(0, Ordering::Relaxed);
    let burnt = [ask(server).await?, ask(server).await?, ask(server).await?].join(" ");
    let turned_away = ask(server).await?;
    println!("the warehouse burns: {burnt}, and then: {turned_away}");
    assert_eq!(burnt, "500 500 500");
    assert_eq!(turned_away, "503, come again in 1 s");
    let calls = warehouse.calls.load(Ordering::Relaxed);
    println!("it was called {calls} times while it burned");
    assert_eq!(calls, 3);
    Ok(())
}

async fn recovery(server: SocketAddr, warehouse: &Warehouse) -> Result<(), Box<dyn Error>> {
    warehouse.burns.store(false, Ordering::Relaxed);
    let pause = Duration::from_millis(50)..=Duration::from_secs(1);
    let patient = Pipeline::builder("warehouse")
        .timeout(Duration::from_secs(10))
        .retry(Retry::exponential(pause).attempts(4))
        .build()?;
    // A request of no or a whole body can be cloned, so it can be repeated.
    let layer = patient
        .layer()
        .classify(ByStatus.refused(legacy::Error::is_connect));
    let client = ServiceBuilder::new().layer(layer).service(client());
    let answer = told(&client.oneshot(request(server)).await?);
    let after = [ask(server).await?, ask(server).await?].join(" ");
    println!("a client that waits and repeats: {answer}; the breaker is closed again: {after}");
    assert_eq!((answer.as_str(), after.as_str()), ("200", "200 200"));
    Ok(())
}
