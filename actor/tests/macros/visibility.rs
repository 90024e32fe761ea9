//! What other modules see of an actor.

use greenroom::prelude::*;

mod open {
    use greenroom::prelude::*;

    #[derive(Default)]
    #[allow(
        unreachable_pub,
        reason = "an actor that is `pub` itself is what is tried here"
    )]
    pub struct Open(u8);

    #[actor(pub)]
    impl Open {
        #[message]
        async fn get(&mut self) -> u8 {
            self.0
        }
    }

    #[derive(Default)]
    pub(crate) struct Crate(u8);

    #[actor(pub(crate))]
    impl Crate {
        #[message]
        async fn get(&mut self) -> u8 {
            self.0
        }
    }
}

use open::{CrateCalls, CrateMsg, OpenCalls, OpenMsg};

#[tokio::test]
async fn visible_calls_are_imported_by_name() {
    let system = System::new("visibility");
    let open: ActorRef<OpenMsg> = system.spawn("open", open::Open::default).await.unwrap();
    let inner: ActorRef<CrateMsg> = system.spawn("crate", open::Crate::default).await.unwrap();
    assert_eq!(open.get().await.unwrap(), 0);
    assert_eq!(inner.get().await.unwrap(), 0);
}
