//! All accounts: actors made on demand, found by name, and the courier between them.

use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::{OnFailure, Strategy};

use crate::account::{AccountActor, AccountMsg};
use crate::store::{Name, Store, Transfer};

/// How accounts are run.
#[derive(Clone)]
pub struct Settings {
    pub store: Arc<dyn Store>,
    /// When an account without requests goes from memory.
    pub idle_after: Duration,
    /// How many requests may wait for one account.
    pub mailbox: usize,
    /// How many accounts may be in memory.
    pub accounts_max: usize,
}

enum BankMsg {
    /// Answered with the account's actor, a new one if there is none; `None` when there are too
    /// many.
    Open(Name, Reply<Option<ActorRef<AccountMsg>>>),
}

/// The parent of the accounts.
struct Bank {
    settings: Settings,
    live: usize,
}

impl Bank {
    async fn open(
        &mut self,
        name: Name,
        ctx: &mut Context<Self>,
    ) -> Result<Option<ActorRef<AccountMsg>>, Failure> {
        if let Ok(account) = ctx.system().lookup::<AccountMsg>(&path(&name)) {
            if !account.is_stopped() {
                return Ok(Some(account));
            }
            // It is about to end, after what it has queued. Then its name is free.
            account.terminated().await;
        }
        if self.live >= self.settings.accounts_max {
            return Ok(None);
        }
        let Settings {
            store,
            idle_after,
            mailbox,
            ..
        } = self.settings.clone();
        let its_name = name.clone();
        let factory = move || AccountActor::new(its_name.clone(), Arc::clone(&store), idle_after);
        let account = ctx
            .spawn(name.as_str(), factory)
            .mailbox(move |m| m.capacity(mailbox).overflow(Overflow::Reject))
            .await?;
        self.live += 1;
        Ok(Some(account))
    }
}

fn path(name: &Name) -> String {
    format!("bank/{name}")
}

impl Actor for Bank {
    type Msg = BankMsg;

    async fn handle(&mut self, msg: BankMsg, ctx: &mut Context<Self>) -> ActorResult {
        let BankMsg::Open(name, reply) = msg;
        reply.send(self.open(name, ctx).await?);
        Ok(())
    }

    async fn signal(&mut self, signal: Signal, _ctx: &mut Context<Self>) -> ActorResult {
        if let Signal::ChildStopped { .. } = signal {
            self.live = self.live.saturating_sub(1);
        }
        Ok(())
    }

    /// An account that failed is not restarted: the next request for it starts a new one.
    fn supervision() -> Strategy {
        Strategy::one_for_one().on_failure(|_| OnFailure::Stop)
    }
}

/// How the rest of the program reaches accounts.
#[derive(Clone)]
pub struct Accounts {
    system: System,
    bank: ActorRef<BankMsg>,
}

impl Accounts {
    pub async fn start(system: &System, settings: Settings) -> Result<Self, SpawnError> {
        let store = Arc::clone(&settings.store);
        let bank = system
            .spawn("bank", move || Bank {
                settings: settings.clone(),
                live: 0,
            })
            .mailbox(|m| m.overflow(Overflow::Reject))
            .await?;
        let system = system.clone();
        let accounts = Self { system, bank };
        let courier = accounts.clone();
        let factory = move || Courier {
            accounts: courier.clone(),
            store: Arc::clone(&store),
        };
        accounts.system.spawn("courier", factory).await?;
        Ok(accounts)
    }

    /// Asks an account. One that is just going from memory says `Stopped`, which is certain not to
    /// have been handled, so it is asked again.
    pub async fn ask<R: Send + 'static>(
        &self,
        name: &Name,
        make: impl Fn(Reply<R>) -> AccountMsg,
    ) -> Result<R, AskError> {
        let mut tries = 3;
        loop {
            tries -= 1;
            let known = self.system.lookup::<AccountMsg>(&path(name));
            let account = match known.ok().filter(|account| !account.is_stopped()) {
                Some(account) => account,
                None => {
                    let opened = self.bank.ask(|reply| BankMsg::Open(name.clone(), reply));
                    opened.await?.ok_or(AskError::Full)?
                }
            };
            match account.ask(&make).await {
                Err(AskError::Stopped) if tries > 0 => {}
                answer => return answer,
            }
        }
    }

    /// Brings a transfer to its receiver. When that fails the courier tries again later.
    pub async fn deliver(&self, transfer: &Transfer) -> Result<(), AskError> {
        let receive = |reply| AccountMsg::Receive(transfer.clone(), reply);
        self.ask(&transfer.to, receive).await
    }
}

/// Brings transfers to their receivers that were left on their way: by a crash in between, or since
/// the receiver had no room.
struct Courier {
    accounts: Accounts,
    store: Arc<dyn Store>,
}

struct Round;

impl Actor for Courier {
    type Msg = Round;

    async fn started(&mut self, ctx: &mut Context<Self>) -> ActorResult {
        ctx.set_timer("first", Duration::ZERO, Round)?;
        ctx.set_interval("next", Duration::from_secs(1), || Round)?;
        Ok(())
    }

    async fn handle(&mut self, _round: Round, _ctx: &mut Context<Self>) -> ActorResult {
        let pending = self.store.pending(1_000).await;
        for transfer in pending.unwrap_or_default() {
            // What fails now is still pending in the next round.
            let _ = self.accounts.deliver(&transfer).await;
        }
        Ok(())
    }
}
