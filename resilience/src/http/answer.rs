//! [`answer`]: a rejection as an HTTP response.

use std::time::Duration;

use ::http::header::RETRY_AFTER;
use ::http::{HeaderValue, Response, StatusCode};

use crate::outcome::Outcome;
use crate::pipeline::{Reason, Rejected};

/// The response for a call that a policy has ended, with an empty body.
///
/// - 429 where a rate limit was used up, 503 where the call was *refused* otherwise. Both have a
///   `Retry-After` with the time that the policy knows, in whole seconds rounded up, or 1 where it
///   knows none, as a bulkhead: it is what tells a caller that the call may be repeated.
/// - 504 where the effect of the call is *unknown*, as after a time-out.
///
/// Nothing of the pipeline is told to the outside, not even its name.
#[must_use]
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed over as `rejected(answer)`"
)]
pub fn answer<B: Default>(rejected: Rejected) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = match (rejected.outcome(), rejected.reason) {
        (Outcome::Unknown | Outcome::Done, _) => StatusCode::GATEWAY_TIMEOUT,
        (Outcome::Refused, Reason::RateLimit) => StatusCode::TOO_MANY_REQUESTS,
        (Outcome::Refused, _) => StatusCode::SERVICE_UNAVAILABLE,
    };
    if rejected.outcome() == Outcome::Refused {
        let after = whole_seconds(rejected.retry_after.unwrap_or_default()).max(1);
        let after = HeaderValue::from(after);
        response.headers_mut().insert(RETRY_AFTER, after);
    }
    response
}

/// Rounded up, as who comes earlier comes too early.
fn whole_seconds(time: Duration) -> u64 {
    let part = u64::from(time.subsec_nanos() > 0);
    time.as_secs().saturating_add(part)
}
