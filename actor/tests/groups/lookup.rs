//! Look-up by path and message type.

use greenroom::LookupError;
use greenroom::prelude::*;

use super::{Keep, keeper};

#[tokio::test(start_paused = true)]
async fn found_by_absolute_and_relative_path() {
    let system = System::new("lookup");
    let known = keeper(&system, "known").await;
    assert_eq!(system.lookup::<Keep>("/user/known"), Ok(known.clone()));
    assert_eq!(system.lookup::<Keep>("known"), Ok(known));
}

#[tokio::test(start_paused = true)]
async fn nobody_there_and_other_messages_are_told_apart() {
    let system = System::new("lookup");
    let known = keeper(&system, "known").await;
    assert!(matches!(
        system.lookup::<Keep>("known/below"),
        Err(LookupError::NotFound(path)) if path == "known/below"
    ));
    assert!(matches!(
        system.lookup::<u8>("known"),
        Err(LookupError::OtherMessages { message: "u8", .. })
    ));
    known.stop();
    known.terminated().await;
    assert!(matches!(
        system.lookup::<Keep>("known"),
        Err(LookupError::NotFound(_))
    ));
}

/// Has a keeper below it.
struct Shelf;

impl Actor for Shelf {
    type Msg = Reply<ActorRef<Keep>>;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        ctx.spawn("keeper", || super::Keeper(Vec::new())).await?;
        Ok(())
    }

    async fn handle(&mut self, reply: Self::Msg, ctx: &mut Context<Self>) -> ActorResult {
        reply.send(ctx.system().lookup("shelf/keeper")?);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn found_below_others_and_across_a_restart() {
    let system = System::new("lookup");
    let shelf = system
        .spawn("shelf", || Shelf)
        .await
        .expect("the name is free");
    let found = system
        .lookup::<Keep>("/user/shelf/keeper")
        .expect("it is there");
    assert_eq!(shelf.ask(|reply| reply).await.ok(), Some(found.clone()));
    found.tell(Keep::Fail).await.expect("room");
    assert_eq!(
        system.lookup("shelf/keeper"),
        Ok(found.clone()),
        "as it waits for its restart"
    );
    assert_eq!(found.ask(Keep::All).await.expect("restarted"), [0u32; 0]);
    assert_eq!(system.lookup("shelf/keeper"), Ok(found));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_path_of_an_actor_is_not_found() {
    let system = System::new("lookup");
    keeper(&system, "known").await;
    for path in [
        "",
        "/",
        "/user",
        "/user/",
        "//known",
        "known/",
        "/other/known",
        "know",
    ] {
        let found = system.lookup::<Keep>(path);
        assert_eq!(found, Err(LookupError::NotFound(path.to_owned())), "{path}");
    }
    system.shutdown().await.expect("nobody was abandoned");
    assert!(system.lookup::<Keep>("known").is_err());
}
