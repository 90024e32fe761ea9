//! The store in a file: redb, synced to the disk before a change counts as done.
//!
//! A sync takes milliseconds, so changes that come while one is under way wait and share the next
//! one: *group commit*. One account has at most one change under way (its actor waits for it), so
//! the changes of a group are of different accounts and can't get in each other's way.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use crate::store::{Account, Change, Name, Store, StoreError, Transfer};

const ACCOUNTS: TableDefinition<'_, &str, (u64, u64)> = TableDefinition::new("accounts");
const TRANSFERS: TableDefinition<'_, &str, (&str, u64)> = TableDefinition::new("transfers");

/// The most changes of one transaction.
const GROUP_MAX: usize = 256;

type Request = (Change, oneshot::Sender<Result<bool, String>>);

pub struct File {
    database: Arc<Database>,
    changes: mpsc::Sender<Request>,
}

impl File {
    /// Opens the file, or makes a new one.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let database = Arc::new(Database::create(path)?);
        let transaction = database.begin_write()?;
        transaction.open_table(ACCOUNTS)?;
        transaction.open_table(TRANSFERS)?;
        transaction.commit()?;
        let (changes, requests) = mpsc::channel(GROUP_MAX);
        let writes = Arc::clone(&database);
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write_groups(&writes, requests))?;
        Ok(Self { database, changes })
    }
}

/// Writes what was asked for, group by group, until the store is dropped.
fn write_groups(database: &Database, mut requests: mpsc::Receiver<Request>) {
    let mut group = Vec::new();
    while let Some(first) = requests.blocking_recv() {
        group.push(first);
        while group.len() < GROUP_MAX
            && let Ok(more) = requests.try_recv()
        {
            group.push(more);
        }
        let written = write_group(database, &group);
        for (at, (_, reply)) in group.drain(..).enumerate() {
            let result = match &written {
                Ok(done) => Ok(done[at]),
                Err(error) => Err(error.to_string()),
            };
            // Who has gone needs no answer.
            drop(reply.send(result));
        }
    }
}

fn write_group(database: &Database, group: &[Request]) -> Result<Vec<bool>, StoreError> {
    // Its durability is `Immediate` by default: `commit` returns once the disk has it.
    let transaction = database.begin_write()?;
    let changes = group.iter().map(|(change, _)| write(&transaction, change));
    let done = changes.collect::<Result<_, _>>()?;
    transaction.commit()?;
    Ok(done)
}

fn write(transaction: &WriteTransaction, change: &Change) -> Result<bool, StoreError> {
    let mut transfers = transaction.open_table(TRANSFERS)?;
    if let Some(id) = &change.receives
        && transfers.remove(id.as_str())?.is_none()
    {
        return Ok(false);
    }
    if let Some(Transfer { id, to, amount }) = &change.sends {
        transfers.insert(id.as_str(), (to.as_str(), *amount))?;
    }
    let Account { balance, sent } = change.account;
    let mut accounts = transaction.open_table(ACCOUNTS)?;
    accounts.insert(change.name.as_str(), (balance, sent))?;
    Ok(true)
}

#[async_trait]
impl Store for File {
    async fn load(&self, name: &Name) -> Result<Option<Account>, StoreError> {
        let (database, name) = (Arc::clone(&self.database), name.clone());
        spawn_blocking(move || {
            let accounts = database.begin_read()?.open_table(ACCOUNTS)?;
            let row = accounts.get(name.as_str())?;
            Ok(row.map(|row| {
                let (balance, sent) = row.value();
                Account { balance, sent }
            }))
        })
        .await?
    }

    async fn commit(&self, change: Change) -> Result<bool, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.changes
            .send((change, reply))
            .await
            .map_err(|_| "the store's thread has ended")?;
        Ok(answer.await??)
    }

    async fn pending(&self, limit: usize) -> Result<Vec<Transfer>, StoreError> {
        let database = Arc::clone(&self.database);
        spawn_blocking(move || {
            let transfers = database.begin_read()?.open_table(TRANSFERS)?;
            let rows = transfers.iter()?.take(limit);
            rows.map(|row| {
                let (id, transfer) = row?;
                let (id, (to, amount)) = (id.value().to_owned(), transfer.value());
                let to = to.parse()?;
                Ok(Transfer { id, to, amount })
            })
            .collect()
        })
        .await?
    }
}
