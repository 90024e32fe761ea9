//! Forms a block can take: `Self` in signatures, conditions, other names, other macros.

use greenroom::prelude::*;

mod shapes {
    #[derive(Clone, Default)]
    pub(super) struct Shape {
        pub(super) sides: [u8; 2],
    }
}

trait Named {
    type Name;
}

impl Named for shapes::Shape {
    type Name = String;
}

#[actor(msg = Draw, calls = Drawing)]
impl shapes::Shape {
    const SIDES: usize = 2;

    #[message]
    async fn replace(&mut self, other: Self) -> Option<Self> {
        Some(std::mem::replace(self, other))
    }

    #[message]
    async fn resize(&mut self, sides: [u8; Self::SIDES]) -> Vec<Box<Self>> {
        self.sides = sides;
        vec![Box::new(self.clone())]
    }

    #[message]
    fn name(&self) -> <Self as Named>::Name {
        format!("{:?}", self.sides)
    }

    #[message]
    #[cfg(test)]
    fn kept(&self) -> u8 {
        1
    }

    #[cfg(not(test))]
    #[message]
    fn kept(&self, missing: Missing) -> Missing {
        missing
    }

    #[message]
    #[cfg(not(test))]
    fn gone(&self, missing: Missing) {}

    #[message]
    #[allow(
        clippy::needless_arbitrary_self_type,
        clippy::unused_unit,
        reason = "tried here"
    )]
    async fn unit(self: &mut Self, _unused: ()) -> () {}
}

#[tokio::test]
async fn self_means_the_actor() {
    let shape = System::new("forms")
        .spawn("shape", shapes::Shape::default)
        .await
        .unwrap();
    let old = shape
        .replace(shapes::Shape { sides: [1, 2] })
        .await
        .unwrap();
    assert_eq!(old.unwrap().sides, [0, 0]);
    assert_eq!(shape.resize([3, 4]).await.unwrap()[0].sides, [3, 4]);
    assert_eq!(shape.name().await.unwrap(), "[3, 4]");
    shape.unit(()).await.unwrap();
}

#[tokio::test]
async fn condition_of_a_method_holds_for_all_that_is_written_of_it() {
    let shape = System::new("forms")
        .spawn("shape", shapes::Shape::default)
        .await
        .unwrap();
    assert_eq!(shape.kept().await.unwrap(), 1);
    assert!(matches!(Draw::Unit(()), Draw::Unit(())));
    assert_eq!(shapes::Shape::describe(&Draw::Unit(())), "Unit");
}

#[tokio::test]
async fn enum_and_trait_take_other_names() {
    fn calls<T: Drawing>(target: &T) -> T::Ask<'_, (), u8> {
        target.kept()
    }
    let shape = System::new("forms")
        .spawn("shape", shapes::Shape::default)
        .await
        .unwrap();
    assert_eq!(calls(&shape).await.unwrap(), 1);
}

/// An actor written by another macro: its types come in invisible groups.
macro_rules! cell {
    ($name:ident, $value:ty, $context:ty) => {
        #[derive(Default)]
        struct $name($value);

        #[actor]
        impl $name {
            #[message]
            async fn set(&mut self, value: $value, _ctx: $context) {
                self.0 = value;
            }

            #[message]
            async fn get(&mut self) -> $value {
                self.0.clone()
            }
        }
    };
}

cell!(Text, String, &mut Context<Self>);

#[tokio::test]
async fn block_can_come_out_of_another_macro() {
    let text = System::new("forms")
        .spawn("text", Text::default)
        .await
        .unwrap();
    text.set("x".to_owned()).await.unwrap();
    assert_eq!(text.get().await.unwrap(), "x");
}

/// Nothing imported, and the names of the prelude taken by something else.
mod bare {
    pub(super) type Result = ();
    pub(super) struct Option;
    pub(super) struct Reply;
    pub(super) struct Context(pub(super) u8);
    pub(super) trait Actor {}
    pub(super) trait Target {}

    pub(super) struct Bare {
        pub(super) sum: u8,
    }

    #[greenroom::actor(pub(super))]
    impl Bare {
        #[greenroom::started]
        fn open(&mut self, _ctx: &mut greenroom::Context<Self>) -> greenroom::ActorResult {
            Ok(())
        }

        #[greenroom::message(idempotent)]
        fn add(&mut self, _: &greenroom::Context<Self>, n: u8) -> greenroom::ActorResult {
            self.sum += n;
            Ok(())
        }

        #[greenroom::message]
        async fn take(&mut self, context: Context, _reply: Reply, _option: Option) -> u8 {
            self.sum + context.0
        }

        #[greenroom::message]
        async fn nothing(&mut self) -> Result {}
    }
}

#[tokio::test]
async fn written_code_depends_on_no_import() {
    use bare::{Bare, BareCalls, Context as Own, Option as Nothing, Reply as NoReply};
    let bare = System::new("forms")
        .spawn("bare", || Bare { sum: 1 })
        .await
        .unwrap();
    bare.add(2).await.unwrap();
    assert_eq!(bare.take(Own(3), NoReply, Nothing).await.unwrap(), 6);
    bare.nothing().await.unwrap();
    fn neither<T: bare::Actor + bare::Target>() {}
    struct Both;
    impl bare::Actor for Both {}
    impl bare::Target for Both {}
    neither::<Both>();
}

struct Silent;

#[actor]
impl Silent {}

#[tokio::test]
async fn actor_may_have_no_messages() {
    let silent: ActorRef<SilentMsg> = System::new("forms")
        .spawn("silent", || Silent)
        .await
        .unwrap();
    silent.stop();
    assert!(matches!(silent.terminated().await, StopReason::Stopped));
}
