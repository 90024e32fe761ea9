//! An actor as a tower service.

use std::future::poll_fn;

use greenroom::prelude::*;
use tower_service::Service;

struct Doubler;

struct Double(u32, Reply<u32>);

impl Actor for Doubler {
    type Msg = Double;

    async fn handle(&mut self, message: Double, _ctx: &mut Context<Self>) -> ActorResult {
        let Double(number, reply) = message;
        reply.send(number * 2);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn calls_are_asks_and_an_end_is_told() {
    let system = System::new("tower");
    let doubler = system.spawn("doubler", || Doubler).await;
    let doubler = doubler.expect("the name is free");
    let mut service = doubler.service(Double);
    let mut other = service.clone();
    poll_fn(|cx| service.poll_ready(cx))
        .await
        .expect("it lives");
    let (four, six) = tokio::join!(service.call(2), other.call(3));
    assert_eq!((four.expect("handled"), six.expect("handled")), (4, 6));
    doubler.stop();
    doubler.terminated().await;
    let ready = poll_fn(|cx| service.poll_ready(cx)).await;
    assert!(matches!(ready, Err(AskError::Stopped)));
    assert!(matches!(service.call(2).await, Err(AskError::Stopped)));
}
