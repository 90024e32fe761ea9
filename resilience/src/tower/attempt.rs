//! [`Exchange`]: one attempt, which waits for the inner service and calls it, and [`Supply`], which
//! makes them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project::pin_project;
use tower_service::Service;

use super::requests::Requests;
use crate::pipeline::MakeAttempt;

/// An attempt at a request: waits until its clone of the inner service is ready, then calls it.
///
/// # Cancel safety
///
/// Dropping it drops the clone of the service, with whatever that had reserved, or the call.
#[pin_project(project = State)]
#[must_use = "futures do nothing unless polled"]
pub(super) enum Exchange<S: Service<Req>, Req> {
    /// The inner service is not ready yet.
    Waiting {
        /// A clone of it that nobody else has.
        service: S,
        /// Gone when it is called.
        request: Option<Req>,
    },
    /// It was called.
    Running(#[pin] S::Future),
}

impl<S: Service<Req>, Req> Future for Exchange<S, Req> {
    type Output = Result<S::Response, S::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match self.as_mut().project() {
                State::Waiting { service, request } => {
                    ready!(service.poll_ready(cx))?;
                    let request = request.take().expect("a service is called once");
                    let running = service.call(request);
                    self.set(Self::Running(running));
                }
                State::Running(running) => return running.poll(cx),
            }
        }
    }
}

/// A clone of the inner service and a request, for as long as there is to be another attempt.
pub(super) struct Supply<S, Req, Q> {
    next: Option<(S, Req)>,
    requests: Q,
}

impl<S, Req, Q> Supply<S, Req, Q> {
    pub(super) const fn new(service: S, request: Req, requests: Q) -> Self {
        Self {
            next: Some((service, request)),
            requests,
        }
    }
}

impl<S, Req, Q> MakeAttempt<S::Response, S::Error> for Supply<S, Req, Q>
where
    S: Service<Req> + Clone,
    Q: Requests<Req>,
{
    type Future = Exchange<S, Req>;

    fn make(&mut self, _: u32, more: impl FnOnce() -> bool) -> Exchange<S, Req> {
        let next = self.next.take();
        let (service, request) = next.expect("there is another attempt only where there is more");
        if more() {
            let copy = self.requests.copy(&request);
            self.next = copy.map(|copy| (service.clone(), copy));
        }
        Exchange::Waiting {
            service,
            request: Some(request),
        }
    }

    /// A request that was not sent can be, by the next attempt. That waits anew, with a fresh clone
    /// of the service: what this one has reserved is given back before the pause.
    fn take_back(&mut self, attempt: Pin<&mut Exchange<S, Req>>) -> bool {
        let State::Waiting { service, request } = attempt.project() else {
            return true;
        };
        let Some(request) = request.take() else {
            return true;
        };
        self.next.get_or_insert_with(|| (service.clone(), request));
        false
    }

    fn has_more(&self) -> bool {
        self.next.is_some()
    }
}

impl<S: Service<Req>, Req> fmt::Debug for Exchange<S, Req> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting { .. } => "Waiting",
            Self::Running(_) => "Running",
        })
    }
}

impl<S, Req, Q> fmt::Debug for Supply<S, Req, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supply")
            .field("has_more", &self.next.is_some())
            .finish_non_exhaustive()
    }
}
