//! One account: an actor that is alone with its balance.

use std::sync::Arc;
use std::time::Duration;

use greenroom::prelude::*;

use crate::store::{Account, Cents, Change, Name, Store, StoreError, Transfer};

/// What may be on an account by deposits: far below where adding could overflow.
pub const BALANCE_MAX: Cents = 1_000_000_000_000_000;

pub enum AccountMsg {
    /// `None`: nothing was ever paid in.
    Balance(Reply<Option<Cents>>),
    /// Answered with the new balance, once it is durable.
    Deposit(Cents, Reply<Result<Cents, Refused>>),
    /// Answered once the money has left durably: then the transfer is on its way.
    Send(Name, Cents, Reply<Result<Transfer, Refused>>),
    /// Takes a transfer in, once however often it comes.
    Receive(Transfer, Reply<()>),
    /// Nothing came for a while.
    Idle,
}

/// A request that the account's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refused {
    NotEnough,
    TooMuch,
    Unknown,
}

pub struct AccountActor {
    name: Name,
    store: Arc<dyn Store>,
    idle_after: Duration,
    /// What is durable; `None` until it is loaded for the first message, and as long as there is no
    /// such account.
    account: Option<Account>,
    is_loaded: bool,
}

impl AccountActor {
    pub fn new(name: Name, store: Arc<dyn Store>, idle_after: Duration) -> Self {
        Self {
            name,
            store,
            idle_after,
            account: None,
            is_loaded: false,
        }
    }

    /// Makes a change durable. An error leaves open whether it is, so it fails the actor: the next
    /// one loads what is really there.
    async fn commit(
        &mut self,
        account: Account,
        sends: Option<Transfer>,
        receives: Option<String>,
    ) -> Result<bool, Failure> {
        let change = Change {
            name: self.name.clone(),
            account,
            sends,
            receives,
        };
        let is_done = self.store.commit(change).await.map_err(store_failed)?;
        if is_done {
            self.account = Some(account);
        }
        Ok(is_done)
    }

    async fn deposit(&mut self, amount: Cents) -> Result<Result<Cents, Refused>, Failure> {
        let mut account = self.account.unwrap_or_default();
        if account.balance + amount > BALANCE_MAX {
            return Ok(Err(Refused::TooMuch));
        }
        account.balance += amount;
        self.commit(account, None, None).await?;
        Ok(Ok(account.balance))
    }

    async fn send(
        &mut self,
        to: Name,
        amount: Cents,
    ) -> Result<Result<Transfer, Refused>, Failure> {
        let Some(mut account) = self.account else {
            return Ok(Err(Refused::Unknown));
        };
        let Some(rest) = account.balance.checked_sub(amount) else {
            return Ok(Err(Refused::NotEnough));
        };
        let id = format!("{}:{}", self.name, account.sent);
        let transfer = Transfer { id, to, amount };
        account.balance = rest;
        account.sent += 1;
        self.commit(account, Some(transfer.clone()), None).await?;
        Ok(Ok(transfer))
    }

    async fn receive(&mut self, transfer: Transfer) -> ActorResult {
        let mut account = self.account.unwrap_or_default();
        // Money that has left its sender can't be refused any more.
        account.balance += transfer.amount;
        self.commit(account, None, Some(transfer.id)).await?;
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` calls")]
fn store_failed(error: StoreError) -> Failure {
    Failure::message(format!("store: {error}"))
}

impl Actor for AccountActor {
    type Msg = AccountMsg;

    async fn handle(&mut self, msg: AccountMsg, ctx: &mut Context<Self>) -> ActorResult {
        if !self.is_loaded {
            self.account = self.store.load(&self.name).await.map_err(store_failed)?;
            self.is_loaded = true;
        }
        ctx.set_timer("idle", self.idle_after, AccountMsg::Idle)?;
        match msg {
            AccountMsg::Balance(reply) => reply.send(self.account.map(|account| account.balance)),
            AccountMsg::Deposit(amount, reply) => reply.send(self.deposit(amount).await?),
            AccountMsg::Send(to, amount, reply) => reply.send(self.send(to, amount).await?),
            AccountMsg::Receive(transfer, reply) => {
                self.receive(transfer).await?;
                reply.send(());
            }
            // Passivation: all is in the store, and the next request starts a new actor. What is
            // queued is handled first; what comes later is refused, and sent again to the new one.
            AccountMsg::Idle => ctx.stop(),
        }
        Ok(())
    }
}
