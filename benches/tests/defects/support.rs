//! What the tests share: calls that end as told, and how to look at them.

use std::fmt;
use std::future::Future;

use futures::FutureExt as _;
use greenroom_benches::clock::now;
use tower::{Service, ServiceExt as _};

/// What a failing call says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Down;

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("down")
    }
}

impl std::error::Error for Down {}

/// A service whose requests say how they end.
pub(crate) async fn as_told(request: Result<u32, Down>) -> Result<u32, Down> {
    request
}

/// One request, once the service is ready.
pub(crate) async fn ask<S, Req>(service: &mut S, request: Req) -> Result<S::Response, S::Error>
where
    S: Service<Req>,
{
    service.ready().await?.call(request).await
}

/// Lets a call run as far as it comes: whether it now waits for an answer.
pub(crate) fn waits<F: Future + Unpin>(call: &mut F) -> bool {
    call.now_or_never().is_none()
}

/// Returns when the standard library's clock has moved on, which takes nanoseconds: for libraries
/// that read it and can be given no other.
pub(crate) fn next_instant() {
    let began = now();
    while now() == began {
        std::hint::spin_loop();
    }
}

/// Whether a type, without parameters of the place where it is asked, has a trait.
macro_rules! implements {
    ($type:ty: $($bound:tt)+) => {{
        #[allow(dead_code, reason = "one of the two is taken")]
        trait No {
            const IS: bool = false;
        }
        impl<T> No for T {}
        struct Asked<T>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "one of the two is taken")]
        impl<T: $($bound)+> Asked<T> {
            const IS: bool = true;
        }
        <Asked<$type>>::IS
    }};
}
pub(crate) use implements;
