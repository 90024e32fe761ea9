//! Where balances are kept: a port of three methods, and what goes through it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;

use async_trait::async_trait;
use serde::Serialize;

/// An amount of money in the smallest unit there is.
pub type Cents = u64;

/// The name of an account: 1 to 32 of `a` to `z`, `0` to `9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Name(String);

impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=32).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("an account's name is 1 to 32 of a to z, 0 to 9 and `-`".to_owned())
        }
    }
}

/// What is kept of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Account {
    pub balance: Cents,
    /// How many transfers it has sent; the next one gets its name from this number.
    pub sent: u64,
}

/// Money between two accounts: the sender has paid it, the receiver does not have it yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    pub id: String,
    pub to: Name,
    pub amount: Cents,
}

/// A change of one account, and of the transfer that it belongs to.
pub struct Change {
    pub name: Name,
    pub account: Account,
    pub sends: Option<Transfer>,
    /// The transfer that this change takes in.
    pub receives: Option<String>,
}

/// What went wrong in a store. Whether the change is durable all the same is not known.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps accounts and the transfers between them.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    async fn load(&self, name: &Name) -> Result<Option<Account>, StoreError>;

    /// Makes a change durable, as a whole or not at all. `false` when the transfer that it takes in
    /// is not on its way any more: then it was taken in before, and nothing is changed.
    async fn commit(&self, change: Change) -> Result<bool, StoreError>;

    /// The first transfers that are on their way, at most `limit`.
    async fn pending(&self, limit: usize) -> Result<Vec<Transfer>, StoreError>;
}

/// Keeps everything in memory, until the process ends.
#[derive(Default)]
pub struct InMemory {
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    accounts: BTreeMap<Name, Account>,
    transfers: BTreeMap<String, Transfer>,
}

impl InMemory {
    fn tables(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.tables.lock().expect("nobody panics with the lock")
    }
}

#[async_trait]
impl Store for InMemory {
    async fn load(&self, name: &Name) -> Result<Option<Account>, StoreError> {
        Ok(self.tables().accounts.get(name).copied())
    }

    async fn commit(&self, change: Change) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        if let Some(id) = &change.receives
            && tables.transfers.remove(id).is_none()
        {
            return Ok(false);
        }
        if let Some(transfer) = change.sends {
            tables.transfers.insert(transfer.id.clone(), transfer);
        }
        tables.accounts.insert(change.name, change.account);
        Ok(true)
    }

    async fn pending(&self, limit: usize) -> Result<Vec<Transfer>, StoreError> {
        let tables = self.tables();
        Ok(tables.transfers.values().take(limit).cloned().collect())
    }
}
