//! [`retry_after`]: when a response asks to be called again.

use std::time::Duration;

use ::http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use httpdate::parse_http_date;

/// How long a response asks to wait, by its `Retry-After` (RFC 9110, section 10.2.3): a number of
/// seconds, or a date.
///
/// A date counts from the `Date` of the same response, so that no two clocks are compared; a server
/// that has a clock sends one. One that has passed is no wait. `None` where there is no such
/// header, where it says neither, or where it is a date and there is no `Date`.
///
/// The value is the server's word: policies bound it, each for itself.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    let asked = text(RETRY_AFTER)?.trim();
    if asked.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that no `u64` holds is no time.
        return asked.parse().ok().map(Duration::from_secs);
    }
    let until = parse_http_date(asked).ok()?;
    let sent = parse_http_date(text(DATE)?).ok()?;
    Some(until.duration_since(sent).unwrap_or_default())
}
