//! The opt-in panic hook. It is the process's, so its test has a binary of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use greenroom::prelude::*;

/// Panics, or fails after a panic that it caught itself.
struct Clumsy;

enum Task {
    Panic(Reply<()>),
    Fail(Reply<()>),
}

impl Actor for Clumsy {
    type Msg = Task;

    async fn handle(&mut self, task: Task, _ctx: &mut Context<Self>) -> ActorResult {
        match task {
            Task::Panic(_reply) => panic!("on purpose"),
            Task::Fail(_reply) => {
                let caught = std::panic::catch_unwind(|| panic!("caught"));
                assert!(caught.is_err());
                Err(Failure::message("told to"))
            }
        }
    }
}

async fn failure(clumsy: &ActorRef<Task>, task: fn(Reply<()>) -> Task) -> Failure {
    match clumsy.ask(task).await {
        Err(AskError::Failed(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn failures_have_the_place_of_their_panic_once_the_hook_is_installed() {
    let calls = Arc::new(AtomicU32::new(0));
    let of_hook = Arc::clone(&calls);
    std::panic::set_hook(Box::new(move |_| {
        of_hook.fetch_add(1, Ordering::SeqCst);
    }));
    let system = System::new("hook");
    let clumsy = system.spawn("clumsy", || Clumsy).await.expect("it starts");
    let before = failure(&clumsy, Task::Panic).await;
    assert_eq!(before.location(), None);
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    greenroom::panic::install_hook();
    let panic = failure(&clumsy, Task::Panic).await;
    assert!(panic.is_panic());
    let place = panic.location().expect("the hook noted it");
    assert!(place.starts_with(file!()), "{place}");
    assert_eq!(
        panic.to_string(),
        format!("panicked at {place}: on purpose")
    );
    assert_eq!(calls.load(Ordering::SeqCst), 2, "the hook before is called");

    let error = failure(&clumsy, Task::Fail).await;
    assert_eq!((error.is_panic(), error.location()), (false, None));
}
