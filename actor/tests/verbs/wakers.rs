//! Wakers of another executor than tokio's, which may do anything.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use greenroom::prelude::*;

use crate::worker::*;

/// Panics when it wakes.
struct Alarming;

impl Wake for Alarming {
    fn wake(self: Arc<Self>) {
        panic!("woken");
    }
}

#[tokio::test(start_paused = true)]
async fn a_waker_that_panics_at_a_timeout_stops_no_other_time_out() {
    let (system, shared) = (System::new("wakers"), Shared::default());
    let actor = spawn(&system, "actor", &shared, 8).await;
    let mut asked = pin!(
        actor
            .ask(Msg::Keep)
            .timeout(Duration::from_secs(1))
            .into_future()
    );
    let waker = Waker::from(Arc::new(Alarming));
    assert!(
        asked
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(matches!(asked.await, Err(AskError::Timeout)));
    let next = actor.ask(Msg::Keep).timeout(Duration::from_secs(1));
    let next = tokio::time::timeout(Duration::from_secs(60), next.into_future()).await;
    assert!(
        matches!(next, Ok(Err(AskError::NoReply | AskError::Timeout))),
        "{next:?}"
    );
}
