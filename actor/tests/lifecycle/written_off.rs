//! What the task of a stuck actor had taken or stashed: counted when the actor is given up, and
//! dropped, not counted again, when the task goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use greenroom::DeadLetterReason;
use greenroom::prelude::*;

use crate::abandoned::{Scene, hold, scene, stick, sticky, until};
use crate::stage::*;

/// A message that is only there to be dropped, with whatever it holds.
fn cargo(held: impl Send + 'static) -> Act {
    play(move |_| {
        drop(held);
        Box::pin(async { Ok(()) })
    })
}

/// Does something when dropped.
struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn notes(count: u32) -> impl Iterator<Item = Act> {
    (0..count).map(Act::Note)
}

/// Lets the actor take the first message, over which it gets stuck, together with the others.
async fn take_and_stick(
    actor: &ActorRef<Act>,
    (first, begun): (Act, Arc<AtomicBool>),
    others: impl IntoIterator<Item = Act>,
) {
    let busy = Arc::new(AtomicBool::new(true));
    stick(actor, &busy).await;
    for message in std::iter::once(first).chain(others) {
        actor.try_tell(message).expect("room");
    }
    busy.store(false, Ordering::SeqCst);
    until(|| begun.load(Ordering::SeqCst)).await;
}

impl Scene {
    /// A message over which its actor gets stuck, and whether it is.
    fn sticky(&self) -> (Act, Arc<AtomicBool>) {
        sticky(&self.flag, |_| {}, |_| {})
    }

    /// Kills an actor that is stuck, and waits until it is given up.
    async fn give_up(&self, actor: &ActorRef<Act>) {
        actor.kill();
        let reason = actor.terminated().await;
        assert!(matches!(reason, StopReason::Abandoned), "{reason}");
    }

    /// Lets the actor's task go on to its end.
    async fn go_on(&self, name: &str) {
        self.flag.store(false, Ordering::SeqCst);
        until(|| self.stage.count(&format!("{name} dropped")) == 1).await;
    }

    fn stopped(&self) -> u64 {
        let counts = self.system.dead_letter_counts();
        assert_eq!(counts.stopped, counts.total(), "{counts:?}");
        counts.stopped
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_is_counted_at_once_and_dropped_later() {
    let scene = scene();
    let a = scene.stage.enter(&scene.system, &part("a")).await;
    let mut letters = scene.system.dead_letters(512);
    let held = Arc::new(());
    // More than one visit lets it have: some of them still count as queued.
    let taken = notes(299).chain([cargo(Arc::clone(&held))]);
    take_and_stick(&a, scene.sticky(), taken).await;
    a.try_tell(Act::Note(0)).expect("room");

    scene.give_up(&a).await;
    assert_eq!(scene.stopped(), 301);
    let queued = letters.try_recv().expect("what was queued comes first");
    assert!(queued.take_message::<Act>().is_some());
    let letter = letters.try_recv().expect("it was counted");
    assert_eq!(letter.variant, std::any::type_name::<Act>());
    assert!(matches!(letter.reason, DeadLetterReason::Stopped));
    assert!(letter.take_message::<Act>().is_none(), "out of reach");
    assert_eq!(Arc::strong_count(&held), 2);

    scene.go_on("a").await;
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(scene.stopped(), 301, "not counted again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asks_that_were_taken_are_told_when_the_thread_goes_on() {
    let scene = scene();
    let a = scene.stage.enter(&scene.system, &part("a")).await;
    let busy = Arc::new(AtomicBool::new(true));
    stick(&a, &busy).await;
    let (script, begun) = scene.sticky();
    a.try_tell(script).expect("room");
    a.try_tell(cargo(OnDrop(|| panic!("dropped"))))
        .expect("room");
    let mut ask = a.ask(Act::Instance).timeout(secs(60));
    assert!(is_pending(&mut ask).await, "it is queued");
    busy.store(false, Ordering::SeqCst);
    until(|| begun.load(Ordering::SeqCst)).await;

    scene.give_up(&a).await;
    assert_eq!(scene.stopped(), 2);
    assert!(is_pending(&mut ask).await, "out of reach");
    scene.flag.store(false, Ordering::SeqCst);
    let asked = ask.await;
    assert!(matches!(asked, Err(AskError::Stopped)), "{asked:?}");
    scene.go_on("a").await;
    assert_eq!(scene.stopped(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_stashed_or_unstashed_is_counted_at_once() {
    for returned in [0, 3, 5] {
        let scene = scene();
        let a = scene.stage.enter(&scene.system, &part("a")).await;
        let stash = move |ctx: &mut Context<Player>| {
            for (at, note) in notes(5).enumerate() {
                if at == returned {
                    ctx.unstash_all();
                }
                ctx.stash(note).expect("room");
            }
            if returned == 5 {
                ctx.unstash_all();
            }
        };
        let (script, begun) = sticky(&scene.flag, stash, |_| {});
        a.tell(script).await.expect("room");
        until(|| begun.load(Ordering::SeqCst)).await;
        scene.give_up(&a).await;
        assert_eq!(scene.stopped(), 5);
        scene.go_on("a").await;
        assert_eq!(scene.stopped(), 5, "not counted again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_back_from_the_stash_at_a_restart_is_counted_at_once() {
    let scene = scene();
    let a = scene.stage.enter(&scene.system, &part("a")).await;
    let (script, begun) = scene.sticky();
    let stash = play(|ctx| {
        for act in std::iter::once(script).chain(notes(2)) {
            ctx.stash(act).expect("room");
        }
        Box::pin(async { Err(Failure::message("told to")) })
    });
    a.tell(stash).await.expect("room");
    until(|| begun.load(Ordering::SeqCst)).await;
    scene.give_up(&a).await;
    let counts = scene.system.dead_letter_counts();
    assert_eq!((counts.stopped, counts.failed, counts.total()), (2, 1, 3));
    scene.flag.store(false, Ordering::SeqCst);
    until(|| scene.stage.count("a dropped") == 2).await;
    assert_eq!(scene.system.dead_letter_counts(), counts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_handler_stashes_after_its_actor_was_given_up_is_counted_then() {
    let scene = scene();
    let a = scene.stage.enter(&scene.system, &part("a")).await;
    let stash =
        |ctx: &mut Context<Player>| notes(2).for_each(|note| ctx.stash(note).expect("room"));
    let (script, begun) = sticky(&scene.flag, stash, stash);
    a.tell(script).await.expect("room");
    until(|| begun.load(Ordering::SeqCst)).await;
    scene.give_up(&a).await;
    assert_eq!(scene.stopped(), 2);
    scene.go_on("a").await;
    assert_eq!(scene.stopped(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_is_counted_when_a_message_sticks_in_its_drop() {
    let scene = scene();
    let a = scene.stage.enter(&scene.system, &part("a")).await;
    let busy = Arc::new(AtomicBool::new(true));
    stick(&a, &busy).await;
    a.try_tell(Act::Work(secs(3_600))).expect("room");
    let flag = Arc::clone(&scene.flag);
    let sticks = OnDrop(move || hold(&flag));
    for act in std::iter::once(cargo(sticks)).chain(notes(3)) {
        a.try_tell(act).expect("room");
    }
    busy.store(false, Ordering::SeqCst);
    until(|| scene.stage.count("a works") == 1).await;
    scene.give_up(&a).await;
    let counts = scene.system.dead_letter_counts();
    assert_eq!((counts.stopped, counts.killed, counts.total()), (4, 1, 5));
    scene.go_on("a").await;
    assert_eq!(scene.system.dead_letter_counts(), counts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tick_that_sticks_changes_no_count() {
    for in_the_making in [true, false] {
        let scene = scene();
        let a = scene.stage.enter(&scene.system, &part("a")).await;
        let other = scene.stage.enter(&scene.system, &part("other")).await;
        let (flag, begun) = (Arc::clone(&scene.flag), Arc::new(AtomicBool::new(false)));
        let begins = Arc::clone(&begun);
        let stay = Arc::new(move || {
            begins.store(true, Ordering::SeqCst);
            hold(&flag);
        });
        let make = move || {
            if in_the_making {
                stay();
                return Act::Note(7);
            }
            let stay = Arc::clone(&stay);
            cargo(OnDrop(move || stay()))
        };
        let set = play(move |ctx| {
            let set = ctx.set_interval("tick", ms(1), make);
            Box::pin(async {
                // So that its thread sees to the alarm before it is stuck.
                tokio::task::yield_now().await;
                Ok(set?)
            })
        });
        let busy = Arc::new(AtomicBool::new(true));
        let (stays, is_busy) = sticky(&busy, |_| {}, |_| {});
        take_and_stick(&a, (set, is_busy), [stays].into_iter().chain(notes(3))).await;
        // Alarms ring one after the other: when this one has, the one before it has.
        let later = play(|ctx| {
            let set = ctx.set_timer("later", ms(2), Act::Note(1));
            Box::pin(async { Ok(set?) })
        });
        other.tell(later).await.expect("room");
        until(|| scene.stage.count("other 1") == 1).await;
        busy.store(false, Ordering::SeqCst);
        until(|| begun.load(Ordering::SeqCst)).await;

        scene.give_up(&a).await;
        assert_eq!(scene.stopped(), 3);
        scene.go_on("a").await;
        assert_eq!(scene.stopped(), 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_counted_once_when_the_thread_goes_on_just_then() {
    for before in [0, 1, 150, 299] {
        let scene = scene();
        let a = scene.stage.enter(&scene.system, &part("a")).await;
        let buried = Arc::new(AtomicBool::new(false));
        let is_buried = Arc::clone(&buried);
        let mark = OnDrop(move || is_buried.store(true, Ordering::SeqCst));
        let taken = notes(before)
            .chain([cargo(mark)])
            .chain(notes(299 - before));
        take_and_stick(&a, scene.sticky(), taken).await;
        // What is queued is buried first, so its drop comes between the end and the count.
        let flag = Arc::clone(&scene.flag);
        let release = OnDrop(move || {
            flag.store(false, Ordering::SeqCst);
            let mut looks = 0..1_000_000;
            while !buried.load(Ordering::SeqCst) && looks.next().is_some() {
                std::thread::yield_now();
            }
        });
        a.try_tell(cargo(release)).expect("room");
        scene.give_up(&a).await;
        scene.go_on("a").await;
        assert_eq!(scene.stopped(), 301);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_given_up_in_a_group_restart_ends_when_its_thread_goes_on() {
    let scene = scene();
    let boss = part("boss").strategy(one_for_all());
    let boss = boss.child(part("a")).child(part("b"));
    scene.stage.enter(&scene.system, &boss).await;
    let b = scene.stage.of("b");
    let held = Arc::new(());
    take_and_stick(&b, scene.sticky(), [cargo(Arc::clone(&held))]).await;
    scene.stage.tell("a", Act::Fail);
    let reason = b.terminated().await;
    assert!(matches!(reason, StopReason::Abandoned), "{reason}");
    assert_eq!(scene.system.dead_letter_counts().stopped, 1);
    scene.go_on("b").await;
    until(|| Arc::strong_count(&held) == 1).await;
    assert_eq!(scene.stage.count("b ended"), 0, "no hook of it runs");
    assert_eq!(scene.system.dead_letter_counts().stopped, 1);
}
