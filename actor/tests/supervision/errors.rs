//! Errors of the user's that do more than say what went wrong.

use std::fmt;

use greenroom::prelude::*;

use crate::stage::*;

/// Panics when it is dropped.
#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("dropped a bomb");
        }
    }
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bomb")
    }
}

impl std::error::Error for Bomb {}

/// Panics when it is to say what it is.
#[derive(Debug)]
struct Speechless;

impl fmt::Display for Speechless {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words");
    }
}

impl std::error::Error for Speechless {}

#[tokio::test(start_paused = true)]
async fn an_error_whose_drop_panics_harms_neither_child_nor_parent() {
    let (system, stage) = (System::new("errors"), Stage::default());
    stage.enter(&system, &part("p").child(part("a"))).await;
    for instance in 2..5 {
        stage.tell("a", play(|_| Box::pin(async { Err(Bomb.into()) })));
        assert_eq!(stage.instance("a").await, instance);
    }
    // Counted together: the hook is told of the last, the others are dropped by the parent.
    stage.tell("p", Act::Work(secs(1)));
    pass(ms(1)).await;
    stage.tell("a", play(|_| Box::pin(async { Err(Bomb.into()) })));
    stage.tell("a", play(|_| Box::pin(async { Err(Bomb.into()) })));
    pass(secs(2)).await;
    assert_eq!(stage.instance("a").await, 6);
    assert_eq!(stage.instance("p").await, 1);
    system.shutdown().await.expect("nobody else failed");
}

#[test]
fn an_error_whose_text_panics_says_so() {
    let failure = Failure::from(Speechless);
    assert_eq!(failure.to_string(), "an error whose text panicked");
    assert!(failure.downcast_ref::<Speechless>().is_some());
    let reason = StopReason::Failed(failure);
    assert_eq!(reason.to_string(), "failed: an error whose text panicked");
}
