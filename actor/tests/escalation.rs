//! What is told of an actor whose failure escalates.

use greenroom::prelude::*;
use greenroom::supervision::{OnFailure, Strategy};

struct Child;

impl Actor for Child {
    type Msg = ();

    async fn handle(&mut self, _: (), _ctx: &mut Context<Self>) -> ActorResult {
        Err(Failure::message("broke"))
    }
}

struct Parent {
    child: Option<ActorRef<()>>,
}

impl Actor for Parent {
    type Msg = Reply<Option<ActorRef<()>>>;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.child = Some(ctx.spawn("child", || Child).await?);
        Ok(())
    }

    async fn handle(&mut self, reply: Self::Msg, _ctx: &mut Context<Self>) -> ActorResult {
        reply.send(self.child.clone());
        Ok(())
    }

    fn supervision() -> Strategy {
        Strategy::one_for_one().on_failure(|_| OnFailure::Escalate)
    }
}

#[tokio::test]
async fn a_child_whose_failure_escalated_ended_failed() {
    let system = System::new("test");
    let parent = system.spawn("parent", || Parent { child: None });
    let parent = parent.await.unwrap();
    let child = parent.ask(|reply| reply).await.unwrap().unwrap();
    child.tell(()).await.unwrap();
    let reason = child.terminated().await;
    assert_eq!(reason.to_string(), "failed: broke");
    assert!(!parent.is_stopped());
    system.shutdown().await.unwrap();
}
