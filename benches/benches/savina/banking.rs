//! Banking: a teller orders transfers between accounts; one that has sent money does nothing else
//! until it has arrived.
//!
//! Checked: each account holds what the same transfers make of it one after the other, so that the
//! sum is what it was.

use greenroom::prelude::*;
use greenroom_benches::{Fault, check};

use crate::PATIENCE;
use crate::random::Random;

/// Savina's A.
const ACCOUNTS: usize = 1_000;

/// Savina's N.
pub(crate) const TRANSFERS: u64 = 50_000;

/// The most that goes from one account to another; whole coins, where Savina has fractions.
const AMOUNT_MAX: usize = 1_000;

/// Enough for all transfers from one account, so that none depends on another.
const BALANCE: u64 = TRANSFERS * AMOUNT_MAX as u64;

/// Savina's seed.
const SEED: u64 = 123_456;

pub(crate) async fn run() -> Result<(), Fault> {
    let system = System::new("banking");
    let mut accounts = Vec::new();
    for number in 0..ACCOUNTS {
        let account = || Account { balance: BALANCE };
        accounts.push(system.spawn(format!("account-{number}"), account).await?);
    }
    let known = accounts.clone();
    // Room for all confirmations: they come while the teller still waits for room in accounts,
    // which would wait for the teller.
    let teller = system
        .spawn("teller", move || Teller::new(known.clone()))
        .mailbox(|mailbox| mailbox.capacity(TRANSFERS as usize))
        .await?;
    let done = teller.ask(TellerMsg::Open).timeout(PATIENCE).await?;
    check("confirmed transfers", done, TRANSFERS)?;

    let expected = one_after_the_other();
    check(
        "expected money",
        expected.iter().sum(),
        BALANCE * ACCOUNTS as u64,
    )?;
    for (account, expected) in accounts.iter().zip(expected) {
        let balance = account.ask(AccountMsg::Balance).await?;
        check("the balance of an account", balance, expected)?;
    }
    system.shutdown().await?;
    Ok(())
}

/// Money goes from an account to one with a higher number: accounts that wait for each other never
/// form a circle.
struct Transfer {
    from: usize,
    to: usize,
    amount: u64,
}

fn transfers() -> impl Iterator<Item = Transfer> {
    let mut random = Random::new(SEED);
    (0..TRANSFERS).map(move |_| {
        let from = random.below(ACCOUNTS / 10 * 8);
        let to = from + random.below(ACCOUNTS - from).max(1);
        let amount = 1 + random.below(AMOUNT_MAX) as u64;
        Transfer { from, to, amount }
    })
}

/// The balances to which the transfers lead.
fn one_after_the_other() -> Vec<u64> {
    let mut balances = vec![BALANCE; ACCOUNTS];
    for Transfer { from, to, amount } in transfers() {
        balances[from] -= amount;
        balances[to] += amount;
    }
    balances
}

enum TellerMsg {
    /// Orders all transfers; answered when all are confirmed, with their number.
    Open(Reply<u64>),
    Done,
}

struct Teller {
    accounts: Vec<ActorRef<AccountMsg>>,
    done: u64,
    open: Option<Reply<u64>>,
}

impl Teller {
    fn new(accounts: Vec<ActorRef<AccountMsg>>) -> Self {
        Self {
            accounts,
            done: 0,
            open: None,
        }
    }
}

impl Actor for Teller {
    type Msg = TellerMsg;

    async fn handle(&mut self, message: TellerMsg, ctx: &mut Context<Self>) -> ActorResult {
        match message {
            TellerMsg::Open(reply) => {
                self.open = Some(reply);
                for Transfer { from, to, amount } in transfers() {
                    let order = AccountMsg::Send {
                        amount,
                        to: self.accounts[to].clone(),
                        teller: ctx.myself(),
                    };
                    self.accounts[from].tell(order).await?;
                }
            }
            TellerMsg::Done => {
                self.done += 1;
                if self.done == TRANSFERS
                    && let Some(reply) = self.open.take()
                {
                    reply.send(self.done);
                }
            }
        }
        Ok(())
    }
}

enum AccountMsg {
    Send {
        amount: u64,
        to: ActorRef<Self>,
        teller: ActorRef<TellerMsg>,
    },
    Receive(u64, Reply<()>),
    Balance(Reply<u64>),
}

struct Account {
    balance: u64,
}

impl Actor for Account {
    type Msg = AccountMsg;

    async fn handle(&mut self, message: AccountMsg, _: &mut Context<Self>) -> ActorResult {
        match message {
            AccountMsg::Send { amount, to, teller } => {
                let rest = self.balance.checked_sub(amount);
                self.balance = rest.ok_or_else(|| Failure::message("there was less than that"))?;
                let receive = |reply| AccountMsg::Receive(amount, reply);
                to.ask(receive).timeout(PATIENCE).await?;
                teller.tell(TellerMsg::Done).await?;
            }
            AccountMsg::Receive(amount, reply) => {
                self.balance += amount;
                reply.send(());
            }
            AccountMsg::Balance(reply) => reply.send(self.balance),
        }
        Ok(())
    }
}
