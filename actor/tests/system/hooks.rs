//! Hooks of a shutdown, in their phases.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use greenroom::Phase;
use greenroom::prelude::*;
use greenroom::supervision::Strategy;

type Notes = Arc<Mutex<Vec<&'static str>>>;

fn note(notes: &Notes, what: &'static str) {
    notes.lock().expect("nobody panics with it").push(what);
}

/// Notes its end.
struct Worker(Notes);

impl Actor for Worker {
    type Msg = u8;

    async fn handle(&mut self, _message: u8, _ctx: &mut Context<Self>) -> ActorResult {
        Ok(())
    }

    async fn stopped(&mut self, _reason: StopReason, _ctx: &mut Context<Self>) {
        note(&self.0, "actors end");
    }
}

#[tokio::test(start_paused = true)]
async fn phases_follow_each_other_around_the_end_of_the_actors() {
    let (system, notes) = (System::new("hooks"), Notes::default());
    let of_worker = notes.clone();
    let spawn = system.spawn("worker", move || Worker(of_worker.clone()));
    spawn.await.expect("the name is free");
    for (phase, what) in [
        (Phase::Close, "close"),
        (Phase::Drain, "drain"),
        (Phase::Announce, "announce"),
    ] {
        let notes = notes.clone();
        let hook = async move || {
            tokio::time::sleep(Duration::from_millis(5)).await;
            note(&notes, what);
        };
        system.on_shutdown(phase, what, Duration::from_secs(1), hook);
    }
    let (first, second) = tokio::join!(system.shutdown(), system.shutdown());
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    let notes = notes.lock().expect("nobody panics with it");
    assert_eq!(*notes, ["announce", "drain", "actors end", "close"]);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_hangs_or_panics_is_named_and_holds_up_nothing() {
    let (system, notes) = (System::new("hooks"), Notes::default());
    let of_worker = notes.clone();
    let spawn = system.spawn("worker", move || Worker(of_worker.clone()));
    spawn.await.expect("the name is free");
    let within = Duration::from_millis(50);
    system.on_shutdown(Phase::Drain, "hangs", within, std::future::pending::<()>);
    system.on_shutdown(Phase::Announce, "panics", within, async || {
        panic!("on purpose")
    });
    let error = system.shutdown().await.expect_err("two did not end well");
    assert_eq!(error.hooks, ["panics", "hangs"]);
    assert!(
        error.failure.is_none() && error.abandoned.is_empty(),
        "{error}"
    );
    assert_eq!(
        *notes.lock().expect("nobody panics with it"),
        ["actors end"]
    );
}

/// Looks, when it is dropped, whether another thread can add a hook.
struct Witness(System, Arc<Mutex<Vec<bool>>>);

impl Drop for Witness {
    fn drop(&mut self) {
        let (system, (sender, added)) = (self.0.clone(), mpsc::channel());
        std::thread::spawn(move || {
            system.on_shutdown(Phase::Close, "late", Duration::from_secs(1), async || {});
            let _ = sender.send(());
        });
        // Only where it fails is this waited for.
        let free = added.recv_timeout(Duration::from_secs(5)).is_ok();
        self.1.lock().expect("nobody panics with it").push(free);
    }
}

#[test]
fn hooks_that_a_runtime_which_is_gone_drops_are_dropped_unlocked() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
    };
    let (first, second) = (runtime().expect("a runtime"), runtime().expect("a runtime"));
    let (system, verdicts) = (System::new("hooks"), Arc::default());
    let witness = Witness(system.clone(), Arc::clone(&verdicts));
    system.on_shutdown(
        Phase::Close,
        "witness",
        Duration::from_secs(1),
        async move || {
            drop(witness);
        },
    );
    first.block_on(async {
        let spawn = system.spawn("worker", || Worker(Notes::default()));
        spawn.await.expect("the name is free");
    });
    drop(first);
    drop(second.block_on(system.shutdown()));
    assert_eq!(*verdicts.lock().expect("nobody panics with it"), [true]);
}

/// Blocks its thread until the sender is dropped, or fails.
struct Troubled;

enum Trouble {
    Block(tokio::sync::oneshot::Sender<()>, mpsc::Receiver<()>),
    Fail,
}

impl Actor for Troubled {
    type Msg = Trouble;

    async fn handle(&mut self, message: Trouble, _ctx: &mut Context<Self>) -> ActorResult {
        match message {
            Trouble::Block(begun, held) => {
                begun.send(()).expect("the test waits");
                assert!(held.recv().is_err(), "nothing is sent");
                Ok(())
            }
            Trouble::Fail => Err(Failure::message("told to")),
        }
    }
}

#[tokio::test]
async fn all_that_went_wrong_is_told_together() {
    let grace = Duration::from_millis(20);
    let system = System::builder("troubled")
        .supervision(Strategy::one_for_one().intensity(0, Duration::from_secs(1)));
    let system = system.stop_grace(grace).kill_grace(grace).build();
    let stuck = system.spawn_blocking_actor("stuck", || Troubled);
    let stuck = stuck.await.expect("it starts");
    let fails = system.spawn("fails", || Troubled).await.expect("it starts");
    let hook = async || panic!("on purpose");
    system.on_shutdown(Phase::Close, "panics", Duration::from_secs(20), hook);
    let ((begins, begun), (hold, held)) = (tokio::sync::oneshot::channel(), mpsc::channel());
    let block = Trouble::Block(begins, held);
    stuck.tell(block).await.expect("room");
    begun.await.expect("it begins");
    fails.tell(Trouble::Fail).await.expect("room");
    system.terminated().await;
    let error = system.shutdown().await.expect_err("nothing went well");
    assert_eq!(
        error.to_string(),
        "the system had stopped: told to; abandoned, since their handlers did not yield: \
         /user/stuck; hooks that did not end well: panics"
    );
    let paths: Vec<_> = error.abandoned.iter().map(|path| path.as_str()).collect();
    assert_eq!(paths, ["/user/stuck"]);
    assert_eq!(error.hooks, ["panics"]);
    assert!(error.failure.is_some());
    drop(hold);
}
