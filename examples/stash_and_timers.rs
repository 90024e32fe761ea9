//! An actor that is not ready at once: a gateway that has to connect before it can work.
//!
//! - While it connects it *stashes* requests, at most four; a fifth is answered `Busy` at once.
//!   Once it is connected they are handled first, in their order.
//! - The connection is made in a task beside the messages (`pipe_to_self`), so the gateway answers
//!   meanwhile. A *timer* gives up on an attempt that hangs, and a new one is made.
//! - A periodic timer sends *heartbeats* once the connection stands; a connection that is lost is
//!   made again in the same way. Timers and tasks belong to the actor and end with it.
//!
//! ```sh
//! cargo run --example stash_and_timers
//! ```
//!
//! ```text
//! while it connects: Status { attempts: 1, stashed: 4, heartbeats: 0, is_connected: false }
//!   request 1 through connection 2
//!   request 2 through connection 2
//!   request 3 through connection 2
//!   request 4 through connection 2
//!   request 5: busy: too many requests wait for the connection
//!   request 6: busy: too many requests wait for the connection
//! connected at attempt 2, and its heart beats
//! the connection broke, and the next request waited for a new one:
//!   request 7 through connection 3
//! ```

mod script;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use futures::future::join_all;
use greenroom::StashFull;
use greenroom::prelude::*;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use script::Script;

const CONNECT_TIMEOUT: Duration = Duration::from_millis(50);
const HEARTBEAT: Duration = Duration::from_millis(10);
const STASH: usize = 4;

/// Why a request was not served.
#[derive(Debug, PartialEq)]
struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("busy: too many requests wait for the connection")
    }
}

/// Stands for a socket.
struct Connection {
    number: u32,
}

impl Connection {
    /// The first attempt hangs, the others take 20 ms.
    async fn open(number: u32) -> Self {
        let takes = if number == 1 { 60_000 } else { 20 };
        sleep(Duration::from_millis(takes)).await;
        Self { number }
    }
}

struct Gateway {
    connection: Option<Connection>,
    /// The task that makes a connection.
    attempt: Option<AbortHandle>,
    attempts: u32,
    heartbeats: u32,
}

enum GatewayMsg {
    /// Answered with its own text and the number of the connection that it went through.
    Request(u32, Reply<Result<String, Busy>>),
    Status(Reply<Status>),
    /// The connection breaks.
    Break,
    // What the gateway tells itself:
    Opened(Result<Connection, Failure>),
    ConnectTimedOut,
    Heartbeat,
}

#[derive(Debug)]
struct Status {
    attempts: u32,
    stashed: usize,
    heartbeats: u32,
    is_connected: bool,
}

impl Gateway {
    fn new() -> Self {
        Self {
            connection: None,
            attempt: None,
            attempts: 0,
            heartbeats: 0,
        }
    }

    /// Starts an attempt, and the timer that gives up on it.
    fn connect(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        self.connection = None;
        self.attempts += 1;
        let open = Connection::open(self.attempts);
        self.attempt = Some(ctx.pipe_to_self(open, GatewayMsg::Opened)?);
        ctx.set_timer("connect", CONNECT_TIMEOUT, GatewayMsg::ConnectTimedOut)?;
        Ok(())
    }

    fn opened(&mut self, connection: Connection, ctx: &mut Context<Self>) -> ActorResult {
        // The result of an attempt that was given up may have been on its way already.
        if connection.number != self.attempts {
            return Ok(());
        }
        ctx.cancel_timer("connect");
        ctx.set_interval("heartbeat", HEARTBEAT, || GatewayMsg::Heartbeat)?;
        self.connection = Some(connection);
        // Handled next, before what came into the mailbox later.
        ctx.unstash_all();
        Ok(())
    }
}

impl Actor for Gateway {
    type Msg = GatewayMsg;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        ctx.stash_capacity(STASH);
        self.connect(ctx)
    }

    async fn handle(&mut self, msg: GatewayMsg, ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            GatewayMsg::Request(number, reply) => match &self.connection {
                Some(Connection { number: through }) => {
                    reply.send(Ok(format!("request {number} through connection {through}")));
                }
                None => {
                    let stashed = ctx.stash(GatewayMsg::Request(number, reply));
                    // A full stash gives the message back, and with it the reply.
                    if let Err(StashFull(GatewayMsg::Request(_, reply))) = stashed {
                        reply.send(Err(Busy));
                    }
                }
            },
            GatewayMsg::Status(reply) => reply.send(Status {
                attempts: self.attempts,
                stashed: ctx.stashed(),
                heartbeats: self.heartbeats,
                is_connected: self.connection.is_some(),
            }),
            GatewayMsg::Break => {
                ctx.cancel_timer("heartbeat");
                self.connect(ctx)?;
            }
            // The task panicked: a failure of this actor, too.
            GatewayMsg::Opened(connection) => self.opened(connection?, ctx)?,
            GatewayMsg::ConnectTimedOut => {
                if let Some(attempt) = self.attempt.take() {
                    attempt.abort();
                }
                self.connect(ctx)?;
            }
            GatewayMsg::Heartbeat => self.heartbeats += 1,
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut script = Script::parse();
    while script.goes_on() {
        scenario().await?;
    }
    Ok(())
}

async fn scenario() -> Result<(), Box<dyn Error>> {
    let system = System::new("gateway");
    let gateway = system.spawn("gateway", Gateway::new).await?;

    // Nothing is connected yet, and the first attempt will hang.
    let requests =
        join_all((1..=6).map(|n| gateway.ask(move |reply| GatewayMsg::Request(n, reply))));
    let (answers, status) = tokio::join!(requests, gateway.ask(GatewayMsg::Status));
    let status = status?;
    println!("while it connects: {status:?}");
    assert_eq!((status.stashed, status.is_connected), (STASH, false));
    for (n, answer) in (1..).zip(answers) {
        match answer? {
            Ok(text) => println!("  {text}"),
            Err(busy) => println!("  request {n}: {busy}"),
        }
    }

    let status = wait_for(&gateway, |status| status.heartbeats >= 3).await?;
    println!(
        "connected at attempt {}, and its heart beats",
        status.attempts
    );
    assert_eq!((status.attempts, status.stashed), (2, 0));

    gateway.tell(GatewayMsg::Break).await?;
    let answer = gateway.ask(|reply| GatewayMsg::Request(7, reply)).await?;
    let text = answer.map_err(|busy| busy.to_string())?;
    println!("the connection broke, and the next request waited for a new one:\n  {text}");
    assert_eq!(text, "request 7 through connection 3");
    system.shutdown().await?;
    Ok(())
}

/// Asks again and again until the status is as wanted; five seconds are far more than it takes.
async fn wait_for(
    gateway: &ActorRef<GatewayMsg>,
    is_wanted: impl Fn(&Status) -> bool,
) -> Result<Status, Box<dyn Error>> {
    let poll = async {
        loop {
            let status = gateway.ask(GatewayMsg::Status).await?;
            if is_wanted(&status) {
                return Ok::<_, AskError>(status);
            }
            sleep(HEARTBEAT / 2).await;
        }
    };
    Ok(tokio::time::timeout(Duration::from_secs(5), poll).await??)
}
