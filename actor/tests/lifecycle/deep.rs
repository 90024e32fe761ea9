//! Trees so deep that nothing may take a stack frame, or build a path, for each level.

use greenroom::prelude::*;
use tokio::sync::mpsc;

/// One of a row of actors, each the child of the one before.
struct Link {
    below: u32,
    last: mpsc::Sender<ActorRef<()>>,
}

impl Actor for Link {
    type Msg = ();

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        if self.below == 0 {
            self.last.send(ctx.myself()).await?;
            return Ok(());
        }
        let (below, last) = (self.below - 1, self.last.clone());
        let factory = move || Self {
            below,
            last: last.clone(),
        };
        ctx.spawn("c", factory).await?;
        Ok(())
    }

    async fn handle(&mut self, (): (), _: &mut Context<Self>) -> ActorResult {
        Ok(())
    }
}

/// A row of this many, and the last of it.
async fn row(system: &System) -> (ActorRef<()>, ActorRef<()>) {
    let (last, mut comes) = mpsc::channel(1);
    let below = 20_000;
    let factory = move || Link {
        below,
        last: last.clone(),
    };
    let first = system.spawn("c", factory).await.expect("it starts");
    (first, comes.recv().await.expect("the last one sends it"))
}

#[tokio::test(start_paused = true)]
async fn a_deep_tree_stops_in_order_and_its_last_reference_takes_no_stack() {
    let system = System::new("deep");
    let (first, last) = row(&system).await;
    first.stop();
    assert!(matches!(first.terminated().await, StopReason::Stopped));
    assert!(matches!(last.terminated().await, StopReason::Stopped));
    system.shutdown().await.expect("an orderly end");
    drop((system, first));
    drop(last);
}

#[test]
fn a_deep_tree_can_be_dropped_with_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (_, last) = runtime.block_on(async { row(&System::new("deep")).await });
    drop(runtime);
    assert!(last.is_stopped());
    drop(last);
}
