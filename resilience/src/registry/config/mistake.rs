//! [`Mistake`]: what is wrong in a file, and where; [`Mistakes`], all of them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The most mistakes that are kept of one file; the others are counted. Whoever has mended a
/// hundred loads the file again.
pub const MISTAKES_MAX: usize = 100;

/// How much of a value is shown.
const SHOWN_MAX: usize = 60;

/// Something in a configuration file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The path of the setting, such as `instances.inventory.retry.attempts`; empty where the file
    /// can't be parsed.
    pub path: String,
    /// What is wrong, or what was expected.
    pub problem: String,
    /// What is written there, where that is a single value.
    pub found: Option<String>,
}

/// `12:9: instances.inventory.retry.attempts: expected a whole number, found "three"`.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)?;
        match &self.found {
            Some(found) => write!(f, ", found {found}"),
            None => Ok(()),
        }
    }
}

/// All that is wrong in one file, in its order: at most [`MISTAKES_MAX`], and how many more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// What is wrong in it.
    pub list: Vec<Mistake>,
    /// How many more there are.
    pub more: usize,
}

/// A line for each, beginning with the name of the file as compilers have it.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.list.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{}:{mistake}", self.file)?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n{}: and {more} more", self.file),
        }
    }
}

impl std::error::Error for Mistakes {}

/// Collects mistakes by their place in a text.
#[derive(Debug)]
pub(super) struct Collector<'t> {
    text: &'t str,
    found: Vec<(usize, Mistake)>,
}

impl<'t> Collector<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        let found = Vec::new();
        Self { text, found }
    }

    /// Notes what is wrong with the value there.
    pub(super) fn note(&mut self, span: Range<usize>, path: &str, problem: impl Into<String>) {
        let found = Some(self.shown(&span));
        self.add(span.start, path, problem.into(), found);
    }

    /// Notes what is wrong there, where the value alone says nothing.
    pub(super) fn note_at(&mut self, at: usize, path: &str, problem: impl Into<String>) {
        self.add(at, path, problem.into(), None);
    }

    /// What is written there, on one line and not too much of it.
    pub(super) fn shown(&self, span: &Range<usize>) -> String {
        let written = self.text.get(span.clone()).unwrap_or_default();
        let line = written.lines().next().unwrap_or_default();
        let shown: String = line.chars().take(SHOWN_MAX).collect();
        let cut = if shown.len() < written.len() {
            ".."
        } else {
            ""
        };
        format!("{shown}{cut}")
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// In the order of the file, and each once: what a set says is found again in every instance
    /// that extends it.
    pub(super) fn finish(self, file: Arc<str>) -> Mistakes {
        let Self { text, mut found } = self;
        found.sort_by(|(at, one), (other_at, other)| {
            (at, &one.path, &one.problem).cmp(&(other_at, &other.path, &other.problem))
        });
        found.dedup();
        let more = found.len().saturating_sub(MISTAKES_MAX);
        found.truncate(MISTAKES_MAX);
        let placed = found.into_iter().map(|(at, mistake)| {
            let before = text.get(..at).unwrap_or(text);
            let begin = before.rfind('\n').map_or(0, |end| end + 1);
            Mistake {
                line: before.matches('\n').count() + 1,
                column: before[begin..].chars().count() + 1,
                ..mistake
            }
        });
        let list = placed.collect();
        Mistakes { file, list, more }
    }

    fn add(&mut self, at: usize, path: &str, problem: String, found: Option<String>) {
        let mistake = Mistake {
            line: 0,
            column: 0,
            path: path.to_owned(),
            problem,
            found,
        };
        self.found.push((at, mistake));
    }
}
