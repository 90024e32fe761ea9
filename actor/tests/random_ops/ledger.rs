//! What became of each message, and which instances live.

use std::collections::BTreeMap;
use std::sync::Arc;

use greenroom::{AskError, DeadLetterCounts, Outcome};
use parking_lot::Mutex;

/// The fate of one message.
#[derive(Debug, Default, Clone)]
struct Fate {
    /// How often a handler began with it.
    begun: u32,
    finished: u32,
    returned: u32,
    /// Dead letters that hold it.
    lettered: u32,
    dropped: bool,
    /// For an ask: how often it ended, and whether refused, unknown or answered (`None`).
    ends: u32,
    outcome: Option<Outcome>,
    is_ask: bool,
    /// It was dropped by its sender, or by a task that was aborted.
    may_vanish: bool,
}

/// Fates by number, and the live instances by path.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    fates: Mutex<Vec<Fate>>,
    alive: Mutex<BTreeMap<String, u32>>,
    wrong: Mutex<Vec<String>>,
}

/// What makes a message one of its kind; it says where it ends.
#[derive(Debug)]
pub(crate) struct Token {
    number: usize,
    ledger: Arc<Ledger>,
}

impl Ledger {
    pub(crate) fn token(self: &Arc<Self>, is_ask: bool) -> Token {
        let mut fates = self.fates.lock();
        fates.push(Fate {
            is_ask,
            ..Fate::default()
        });
        Token {
            number: fates.len() - 1,
            ledger: Arc::clone(self),
        }
    }

    /// An instance is made: the only one of its path, and its parent lives.
    pub(crate) fn born(&self, path: &str) {
        let mut alive = self.alive.lock();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if parent != "/user" && !alive.contains_key(parent) {
            self.complain(format!("{path} is born without a parent"));
        }
        let count = alive.entry(path.to_owned()).or_default();
        *count += 1;
        if *count > 1 {
            self.complain(format!("{path} lives {count} times"));
        }
    }

    /// An instance is dropped: none of its children lives any more.
    pub(crate) fn died(&self, path: &str) {
        let mut alive = self.alive.lock();
        let below = format!("{path}/");
        if let Some((child, _)) = alive.range(below.clone()..).next()
            && child.starts_with(&below)
        {
            self.complain(format!("{child} outlives its parent"));
        }
        match alive.get_mut(path) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(alive.remove(path)),
        }
    }

    pub(crate) fn alive(&self) -> usize {
        self.alive.lock().len()
    }

    pub(crate) fn complain(&self, what: String) {
        self.wrong.lock().push(what);
    }

    pub(crate) fn ended(&self, number: usize, result: Result<usize, AskError>) {
        let fate = &mut self.fates.lock()[number];
        fate.ends += 1;
        fate.outcome = result.as_ref().err().map(AskError::outcome);
        if result.is_ok_and(|answer| answer != number) {
            self.complain(format!("{number} got the answer of another ask"));
        }
    }

    /// Nobody promises that this one is delivered or told of.
    pub(crate) fn may_vanish(&self, number: usize) {
        self.fates.lock()[number].may_vanish = true;
    }

    /// Checks all of it, once everything has ended. Says how often each fate was met.
    pub(crate) fn settle(&self, counts: DeadLetterCounts) -> BTreeMap<&'static str, u64> {
        let mut wrong = self.wrong.lock().clone();
        let mut met = BTreeMap::<&str, u64>::new();
        for (number, fate) in self.fates.lock().iter().enumerate() {
            match fate.verdict() {
                Ok(kind) => *met.entry(kind).or_default() += 1,
                Err(why) => wrong.push(format!("{number} {why}: {fate:?}")),
            }
        }
        let of = |kind: &str| met.get(kind).copied().unwrap_or(0);
        let broken = counts.failed + counts.killed;
        if of("broken") != broken || of("dead") != counts.total() - broken {
            wrong.push(format!("{met:?} does not fit {counts:?}"));
        }
        if self.alive() != 0 {
            wrong.push(format!("still alive: {:?}", self.alive.lock()));
        }
        assert!(
            wrong.is_empty(),
            "{} complaints: {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(9)]
        );
        met
    }
}

impl Fate {
    /// Exactly one end: handled, broken off, given back, a dead letter, or refused to its asker.
    fn verdict(&self) -> Result<&'static str, &'static str> {
        if !self.dropped {
            return Err("is kept by somebody");
        }
        if self.begun > 1 {
            return Err("was handled twice");
        }
        if self.is_ask && self.ends != 1 {
            return Err("did not end once");
        }
        if self.is_ask && self.outcome == Some(Outcome::Refused) && self.begun > 0 {
            return Err("was refused though a handler had begun");
        }
        if self.is_ask && self.outcome.is_none() && self.begun != 1 {
            return Err("was answered by nobody");
        }
        match (self.begun, self.finished, self.returned, self.lettered) {
            (1, 1, 0, 0) => Ok("handled"),
            (1, 0, 0, 0) => Ok("broken"),
            (0, 0, 1, 0) => Ok("returned"),
            (0, 0, 0, 1) => Ok("dead"),
            (0, 0, 0, 0) if self.is_ask && self.outcome == Some(Outcome::Refused) => Ok("refused"),
            (0, 0, 0, 0) if self.may_vanish => Ok("given up"),
            (0, 0, 0, 0) => Err("vanished"),
            _ => Err("has two ends"),
        }
    }
}

impl Token {
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    fn note(&self, what: impl FnOnce(&mut Fate)) {
        what(&mut self.ledger.fates.lock()[self.number]);
    }

    pub(crate) fn begin(&self) {
        self.note(|fate| fate.begun += 1);
    }

    pub(crate) fn finish(&self) {
        self.note(|fate| fate.finished += 1);
    }

    pub(crate) fn returned(&self) {
        self.note(|fate| fate.returned += 1);
    }

    pub(crate) fn lettered(&self) {
        self.note(|fate| fate.lettered += 1);
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.note(|fate| fate.dropped = true);
    }
}
