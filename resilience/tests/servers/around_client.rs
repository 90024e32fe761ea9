//! Pipelines around hyper's client, which calls servers that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::routing::any;
use greenroom_resilience::http::ByStatus;
use greenroom_resilience::pipeline::{CallError, Options, Reason};
use greenroom_resilience::{Breaker, Jitter, Outcome, Pipeline, Retry};
use hyper_util::client::legacy::Error;
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;
use tower::{ServiceBuilder, ServiceExt};

use super::*;

/// Sends a request; one that may have two effects by its method is marked so.
async fn send(
    pipeline: &Pipeline,
    method: Method,
    to: SocketAddr,
) -> Result<StatusCode, CallError<Error>> {
    let options = |request: &Request<Body>| {
        if request.method().is_idempotent() {
            Options::new().idempotent()
        } else {
            Options::new()
        }
    };
    let layer = pipeline
        .layer()
        .classify(ByStatus.refused(Error::is_connect))
        .options(options);
    let service = ServiceBuilder::new().layer(layer).service(client());
    let answer = service.oneshot(request(method, to)).await;
    answer.map(|answer| answer.status())
}

/// Up to three attempts, without a pause.
fn retry() -> Retry {
    Retry::constant(Duration::ZERO)
        .jitter(Jitter::None)
        .no_budget()
}

fn retrying() -> Pipeline {
    let pipeline = Pipeline::builder("shop").retry(retry());
    pipeline.build().expect("sound policies")
}

/// A server that answers so until it has so often, and then with 200.
async fn fails(
    times: u32,
    status: StatusCode,
    after: Option<&'static str>,
) -> (SocketAddr, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let handler = async move || {
        let failed = counted.fetch_add(1, Ordering::Relaxed) < times;
        let mut response = Response::new(axum::body::Body::empty());
        if failed {
            *response.status_mut() = status;
            if let Some(after) = after {
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, after.parse().expect("a header"));
            }
        }
        response
    };
    (serve(Router::new().route("/", any(handler))).await, calls)
}

#[tokio::test]
async fn a_client_repeats_what_a_server_refused() {
    for method in [Method::GET, Method::POST] {
        let (server, calls) = fails(2, StatusCode::SERVICE_UNAVAILABLE, Some("0")).await;
        assert_eq!(
            send(&retrying(), method, server).await.ok(),
            Some(StatusCode::OK)
        );
        assert_eq!(calls.load(Ordering::Relaxed), 3);
    }
}

#[tokio::test]
async fn a_client_repeats_what_may_have_had_an_effect_only_where_it_may_have_two() {
    for (method, expected, times) in [
        (Method::GET, StatusCode::OK, 2),
        (Method::POST, StatusCode::INTERNAL_SERVER_ERROR, 1),
    ] {
        let (server, calls) = fails(1, StatusCode::INTERNAL_SERVER_ERROR, None).await;
        assert_eq!(send(&retrying(), method, server).await.ok(), Some(expected));
        assert_eq!(calls.load(Ordering::Relaxed), times);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_leaves_the_effect_unknown() {
    let (listener, server) = listen().await;
    let connections = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            // Reads of the request, and closes without an answer.
            let mut some = [0; 16];
            connection.read_exact(&mut some).await.ok();
        }
    });
    for (method, times) in [(Method::POST, 1), (Method::GET, 3)] {
        connections.store(0, Ordering::Relaxed);
        let error = send(&retrying(), method, server).await;
        let error = error.expect_err("there is no answer");
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(connections.load(Ordering::Relaxed), times);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_has_refused_and_opens_the_breaker() {
    // Bound, so that nobody else gets the port, and not listened to.
    let socket = TcpSocket::new_v4().expect("a socket");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(any).expect("a port");
    let nobody = socket.local_addr().expect("it has one");
    let pipeline = Pipeline::builder("shop")
        .retry(retry())
        .circuit_breaker(Breaker::consecutive(4).open_for(HOUR));
    let pipeline = pipeline.build().expect("sound policies");
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = send(&pipeline, Method::POST, nobody).await;
        answers.push(answer.expect_err("nobody answers"));
    }
    assert!(matches!(answers[0], CallError::Inner(_, Outcome::Refused)));
    let CallError::Rejected(rejected) = &answers[1] else {
        panic!("the breaker opened at its first attempt: {answers:?}");
    };
    assert!(matches!(rejected.reason, Reason::Breaker(_)));
    assert_eq!(
        (rejected.attempts, rejected.outcome()),
        (1, Outcome::Refused)
    );
}
