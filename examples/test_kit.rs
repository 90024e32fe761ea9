//! How actors are tested: hours that take no time, expectations, faults, and runs that repeat.
//!
//! 1. *Virtual time*: the clock jumps to the next timer whenever nothing else is to be done. A
//!    session that reminds after ten minutes and ends after an hour is tested in milliseconds, to
//!    the second. A *probe* stands in for whom the actor talks to.
//! 2. *Injected faults*: the third message is made to fail. The supervisor restarts the actor, and
//!    the *letter box* shows what became of the message.
//! 3. *Seeds*: everything random comes from the seed, so the same seed gives the same run. A test
//!    that failed can be run again as it was.
//!
//! These would be `#[test]` functions; here they are a program that says what it does. The test kit
//! is the feature `testkit` of `greenroom`, for `[dev-dependencies]`.
//!
//! ```sh
//! cargo run --example test_kit
//! ```
//!
//! ```text
//! the session ended after 69 minutes of virtual time
//! the third click: its handler failed: a fault was injected
//! the instance that came after: Ended { clicks: 2 }
//! seed 3: worker-2 worker-2 worker-3 worker-0 worker-4 worker-4 worker-4 worker-1
//! seed 3: worker-2 worker-2 worker-3 worker-0 worker-4 worker-4 worker-4 worker-1
//! seed 4: worker-1 worker-4 worker-1 worker-3 worker-2 worker-2 worker-1 worker-0
//! ```

mod script;

use std::time::Duration;

use greenroom::prelude::*;
use greenroom::testkit::{self, Faults, LetterBox, Probe};
use tokio::time::Instant;

use script::Script;

const MINUTE: Duration = Duration::from_secs(60);

fn main() {
    let mut script = Script::parse();
    while script.goes_on() {
        a_session_reminds_and_ends();
        a_message_fails();
        the_same_seed_gives_the_same_run();
    }
}

/// What a session tells its user.
#[derive(Debug, PartialEq)]
enum Notice {
    StillThere,
    Ended { clicks: u32 },
}

/// Ends an hour after the last click, and asks ten minutes after it.
struct Session {
    user: ActorRef<Notice>,
    clicks: u32,
}

enum SessionMsg {
    Click,
    Remind,
    End,
}

impl Session {
    fn wait(ctx: &mut Context<Self>) -> ActorResult {
        ctx.set_timer("remind", 10 * MINUTE, SessionMsg::Remind)?;
        ctx.set_timer("end", 60 * MINUTE, SessionMsg::End)?;
        Ok(())
    }
}

impl Actor for Session {
    type Msg = SessionMsg;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        Self::wait(ctx)
    }

    async fn handle(&mut self, msg: SessionMsg, ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            SessionMsg::Click => {
                self.clicks += 1;
                Self::wait(ctx)?;
            }
            SessionMsg::Remind => self.user.tell(Notice::StillThere).await?,
            SessionMsg::End => {
                let clicks = self.clicks;
                self.user.tell(Notice::Ended { clicks }).await?;
                ctx.stop();
            }
        }
        Ok(())
    }
}

async fn session(system: &System, user: &Probe<Notice>) -> ActorRef<SessionMsg> {
    let user = user.actor_ref();
    let factory = move || Session {
        user: user.clone(),
        clicks: 0,
    };
    system
        .spawn("session", factory)
        .await
        .expect("the name is free")
}

fn a_session_reminds_and_ends() {
    testkit::run(1, async |system| {
        let begun = Instant::now();
        let user = Probe::start(&system, "user").await;
        let session = session(&system, &user).await;

        user.expect_nothing(9 * MINUTE).await;
        session.tell(SessionMsg::Click).await.expect("it runs");
        // The click has set both timers again.
        user.expect_nothing(9 * MINUTE).await;
        assert_eq!(user.expect_within(2 * MINUTE).await, Notice::StillThere);
        assert_eq!(
            user.expect_within(60 * MINUTE).await,
            Notice::Ended { clicks: 1 }
        );
        session.terminated().await;
        let minutes = begun.elapsed().as_secs() / 60;
        println!("the session ended after {minutes} minutes of virtual time");
        assert_eq!(minutes, 69);
    });
}

fn a_message_fails() {
    testkit::run(2, async |system| {
        let user = Probe::start(&system, "user").await;
        let session = session(&system, &user).await;
        let mut letters = LetterBox::open(&system);
        let (faulty, faults) = Faults::on(&session);
        faults.fail(3);
        for _ in 0..5 {
            faulty.tell(SessionMsg::Click).await.expect("it runs");
        }
        let letter = letters.expect().await;
        println!("the third click: {}", letter.reason);
        // The two clicks before the failure were the first instance's; two are the second's.
        let notice = user.expect_within(11 * MINUTE).await;
        assert_eq!(notice, Notice::StillThere);
        let notice = user.expect_within(60 * MINUTE).await;
        println!("the instance that came after: {notice:?}");
        assert_eq!(notice, Notice::Ended { clicks: 2 });
        letters.expect_none(MINUTE).await;
    });
}

/// Answers with its own name.
struct Worker;

impl Actor for Worker {
    type Msg = Reply<String>;

    async fn handle(&mut self, reply: Reply<String>, ctx: &mut Context<Self>) -> ActorResult {
        reply.send(ctx.path().name().to_owned());
        Ok(())
    }
}

fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        testkit::run(seed, async |system| {
            let pool = system.pool("pool", 5, || Worker).routing(Routing::random());
            let pool = pool.await.expect("workers start");
            let mut chosen = Vec::new();
            for _ in 0..8 {
                chosen.push(pool.ask(|reply| reply).await.expect("an answer"));
            }
            chosen.join(" ")
        })
    };
    println!("seed 3: {}", run(3));
    println!("seed 3: {}", run(3));
    println!("seed 4: {}", run(4));
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}
