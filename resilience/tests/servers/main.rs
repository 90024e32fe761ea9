//! Pipelines around real servers and clients, over TCP on this machine.
//!
//! Sockets know no paused clock, so tests wait for what happens, and never for a time. Where an
//! hour has to pass, it does so while no request is on its way.

mod around_client;
mod inside_server;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::RETRY_AFTER;
use axum::http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

type Body = Full<Bytes>;

const HOUR: Duration = Duration::from_secs(3_600);

/// Serves until the runtime of the test ends.
async fn serve(router: Router) -> SocketAddr {
    let (listener, address) = listen().await;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, service).await });
    address
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has one");
    (listener, address)
}

/// A client that keeps no connection: each request has a new one.
fn client() -> Client<HttpConnector, Body> {
    Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build_http()
}

fn request(method: Method, to: SocketAddr) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(format!("http://{to}/"));
    request.body(Body::default()).expect("a request")
}

/// The status of the answer to a GET, and after how many seconds it asks to be called again.
async fn get(from: SocketAddr) -> (StatusCode, Option<u64>) {
    let answer = client().request(request(Method::GET, from)).await;
    seen(&answer.expect("an answer"))
}

fn seen<B>(answer: &Response<B>) -> (StatusCode, Option<u64>) {
    let after = answer.headers().get(RETRY_AFTER);
    let after = after.map(|after| after.to_str().expect("a number").parse().expect("a number"));
    (answer.status(), after)
}

/// Lets an hour pass.
async fn an_hour_later() {
    tokio::time::pause();
    tokio::time::advance(HOUR).await;
    tokio::time::resume();
}
