//! Pipelines inside of an axum server, which clones its services for each connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use axum::extract::ConnectInfo;
use axum::routing::get as on_get;
use greenroom_resilience::http::{ByStatus, answer};
use greenroom_resilience::{Breaker, Bulkhead, Pipeline, RateLimit};
use tokio::sync::{Semaphore, mpsc};

use super::*;

/// A handler that says from where it was called, and ends when it is let go on.
#[derive(Clone)]
struct Handler {
    entered: mpsc::Sender<SocketAddr>,
    dropped: mpsc::Sender<()>,
    go_on: Arc<Semaphore>,
}

/// What the test sees of it.
struct Seen {
    entered: mpsc::Receiver<SocketAddr>,
    dropped: mpsc::Receiver<()>,
    go_on: Arc<Semaphore>,
}

/// More than any test sends.
const REQUESTS_MAX: usize = 1_000;

/// Says that its scope has ended, however it did.
struct Ends(mpsc::Sender<()>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.try_send(()).ok();
    }
}

impl Handler {
    fn new() -> (Self, Seen) {
        let (entered, entered_seen) = mpsc::channel(REQUESTS_MAX);
        let (dropped, dropped_seen) = mpsc::channel(REQUESTS_MAX);
        let go_on = Arc::new(Semaphore::new(0));
        let handler = Self {
            entered,
            dropped,
            go_on: Arc::clone(&go_on),
        };
        let seen = Seen {
            entered: entered_seen,
            dropped: dropped_seen,
            go_on,
        };
        (handler, seen)
    }

    async fn run(self, from: SocketAddr) {
        let _ends = Ends(self.dropped);
        self.entered.try_send(from).expect("the test goes on");
        self.go_on
            .acquire()
            .await
            .expect("it is not closed")
            .forget();
    }

    /// A server of one route, with the policies around it.
    async fn behind(self, pipeline: &Pipeline) -> SocketAddr {
        let layer = pipeline.layer().once().rejected(answer);
        let run = |ConnectInfo(from): ConnectInfo<SocketAddr>| self.run(from);
        serve(Router::new().route("/", on_get(run)).layer(layer)).await
    }
}

fn places(count: usize) -> Pipeline {
    let pipeline = Pipeline::builder("places").bulkhead(Bulkhead::concurrent(count));
    pipeline.build().expect("sound policies")
}

#[tokio::test]
async fn one_limit_holds_over_all_connections() {
    let (handler, mut seen) = Handler::new();
    let server = handler.behind(&places(2)).await;
    for _ in 0..3 {
        let inside = [tokio::spawn(get(server)), tokio::spawn(get(server))];
        let first = seen.entered.recv().await;
        let second = seen.entered.recv().await;
        assert_ne!(first, second, "they have a connection each");
        for _ in 0..5 {
            assert_eq!(
                get(server).await,
                (StatusCode::SERVICE_UNAVAILABLE, Some(1))
            );
        }
        seen.go_on.add_permits(2);
        for answer in inside {
            assert_eq!(answer.await.expect("no panic"), (StatusCode::OK, None));
        }
    }
}

#[tokio::test]
async fn a_client_that_disconnects_gives_its_place_back() {
    let (handler, mut seen) = Handler::new();
    let server = handler.behind(&places(1)).await;
    for _ in 0..3 {
        let gives_up = tokio::spawn(get(server));
        seen.entered.recv().await;
        assert_eq!(get(server).await.0, StatusCode::SERVICE_UNAVAILABLE);
        gives_up.abort();
        seen.dropped.recv().await;
    }
    let patient = tokio::spawn(get(server));
    seen.entered.recv().await;
    seen.go_on.add_permits(1);
    assert_eq!(patient.await.expect("no panic").0, StatusCode::OK);
}

#[tokio::test]
async fn a_rate_is_that_of_the_server_and_not_of_each_connection() {
    let limit = RateLimit::per(5, HOUR).burst(5);
    let layer = limit
        .layer("rate")
        .expect("sound policies")
        .rejected(answer);
    let server = serve(Router::new().route("/", on_get(async || ())).layer(layer)).await;
    let mut ok = 0;
    for _ in 0..20 {
        let (status, after) = get(server).await;
        if status == StatusCode::OK {
            ok += 1;
        } else {
            assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
            assert!(
                after.is_some_and(|after| (600..=720).contains(&after)),
                "{after:?}"
            );
        }
    }
    assert_eq!(ok, 5);
}

#[tokio::test]
async fn a_breaker_opens_by_statuses_and_closes_when_the_service_recovers() {
    let (fails, calls) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU32::new(0)));
    let (handler_fails, handler_calls) = (Arc::clone(&fails), Arc::clone(&calls));
    let handler = async move || {
        handler_calls.fetch_add(1, Ordering::Relaxed);
        if handler_fails.load(Ordering::Relaxed) {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        }
    };
    let breaker = Breaker::consecutive(3).open_for(HOUR).layer("breaker");
    let layer = breaker
        .expect("sound policies")
        .classify(ByStatus)
        .rejected(answer);
    let server = serve(Router::new().route("/", on_get(handler)).layer(layer)).await;

    for _ in 0..3 {
        assert_eq!(get(server).await, (StatusCode::INTERNAL_SERVER_ERROR, None));
    }
    fails.store(false, Ordering::Relaxed);
    for _ in 0..8 {
        let (status, after) = get(server).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            after.is_some_and(|after| (3_000..=3_600).contains(&after)),
            "{after:?}"
        );
    }
    assert_eq!(
        calls.load(Ordering::Relaxed),
        3,
        "it is not called while it is open"
    );
    an_hour_later().await;
    for _ in 0..20 {
        assert_eq!(get(server).await, (StatusCode::OK, None));
    }
}
