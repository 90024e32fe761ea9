//! From folders to chunks of text, in bounded memory whatever the size of a file.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::words::{RUN_MAX, is_separator};

/// How much of a file decides whether it is text: what `git` looks at.
const SNIFF: usize = 8 * 1024;

/// Some text that begins and ends between two words (or, within a run that is too long, where it is
/// cut). Small files share one.
#[derive(Clone)]
pub struct Chunk {
    pub number: u64,
    pub text: Arc<Vec<u8>>,
}

/// What was read, and what was not.
#[derive(Default)]
pub struct Inventory {
    pub files: u64,
    pub bytes: u64,
    pub binary: u64,
    pub unreadable: u64,
    /// The first few of the binary and unreadable ones, with the reason.
    pub skipped: Vec<String>,
}

impl Inventory {
    fn skip(&mut self, path: &Path, why: &str) {
        if self.skipped.len() < 10 {
            self.skipped.push(format!("{}: {why}", path.display()));
        }
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.unreadable += 1;
        self.skip(path, &error.to_string());
    }
}

/// All regular files below some folders, in the order of their names. It holds the entries of the
/// folders on the way to the current file, no more. Links are not followed, and what is named
/// `.git` or `target` is left out.
pub struct Files {
    ahead: VecDeque<PathBuf>,
}

const LEFT_OUT: [&str; 2] = [".git", "target"];

impl Files {
    pub fn below(roots: &[PathBuf]) -> Self {
        let ahead = roots.iter().cloned().collect();
        Self { ahead }
    }
}

impl Iterator for Files {
    type Item = Result<PathBuf, (PathBuf, io::Error)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let path = self.ahead.pop_front()?;
            let listed = fs::symlink_metadata(&path).and_then(|about| {
                if about.is_dir() {
                    fs::read_dir(&path)?.collect::<io::Result<Vec<_>>>()
                } else if about.is_file() {
                    Err(io::ErrorKind::NotADirectory.into())
                } else {
                    Ok(Vec::new())
                }
            });
            match listed {
                Ok(mut entries) => {
                    entries.retain(|entry| !LEFT_OUT.iter().any(|name| entry.file_name() == *name));
                    entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
                    for entry in entries {
                        self.ahead.push_front(entry.path());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                    return Some(Ok(path));
                }
                Err(error) => return Some(Err((path, error))),
            }
        }
    }
}

/// How a file begins.
pub enum Opened {
    Text {
        head: Vec<u8>,
        rest: File,
    },
    /// A NUL byte, or something that is not UTF-8, in the first 8 KiB.
    Binary,
}

/// Opens a file and looks at its first bytes. Later on, bytes that are not UTF-8 separate words.
pub fn open(path: &Path) -> io::Result<Opened> {
    let mut rest = File::open(path)?;
    let mut head = Vec::new();
    (&mut rest).take(SNIFF as u64).read_to_end(&mut head)?;
    let is_text = match std::str::from_utf8(&head) {
        Ok(_) => true,
        // A character that goes on beyond what was read is fine; one that ends with the file isn't.
        Err(error) => error.error_len().is_none() && head.len() == SNIFF,
    };
    Ok(if is_text && !head.contains(&0) {
        Opened::Text { head, rest }
    } else {
        Opened::Binary
    })
}

/// Reads files, cuts their text into chunks and hands those on, waiting while there is no room.
pub struct Reader {
    chunk_size: usize,
    chunks: mpsc::Sender<Chunk>,
    buffer: Vec<u8>,
    number: u64,
    inventory: Inventory,
}

/// Nobody wants more chunks: the count was given up.
pub struct Unwanted;

impl Reader {
    pub fn new(chunk_size: usize, chunks: mpsc::Sender<Chunk>) -> Self {
        let chunk_size = chunk_size.max(2 * SNIFF).next_multiple_of(RUN_MAX);
        Self {
            chunk_size,
            chunks,
            buffer: Vec::with_capacity(chunk_size),
            number: 0,
            inventory: Inventory::default(),
        }
    }

    /// Reads all files. Runs on a thread of its own: reading files blocks.
    pub fn read(mut self, files: Files) -> Result<Inventory, Unwanted> {
        for file in files {
            match file {
                Ok(path) => self.read_file(&path)?,
                Err((path, error)) => self.inventory.unreadable(&path, &error),
            }
        }
        self.hand_on(self.buffer.len())?;
        Ok(self.inventory)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), Unwanted> {
        let (head, mut rest) = match open(path) {
            Ok(Opened::Text { head, rest }) => (head, rest),
            Ok(Opened::Binary) => {
                self.inventory.binary += 1;
                self.inventory.skip(path, "binary");
                return Ok(());
            }
            Err(error) => {
                self.inventory.unreadable(path, &error);
                return Ok(());
            }
        };
        if self.buffer.len() + head.len() > self.chunk_size {
            self.hand_on(self.buffer.len())?;
        }
        self.buffer.extend_from_slice(&head);
        self.inventory.files += 1;
        self.inventory.bytes += head.len() as u64;
        loop {
            let room = self.chunk_size - self.buffer.len();
            match (&mut rest).take(room as u64).read_to_end(&mut self.buffer) {
                Ok(read) => {
                    self.inventory.bytes += read as u64;
                    if read < room {
                        break;
                    }
                }
                Err(error) => {
                    self.inventory
                        .skip(path, &format!("from some point on: {error}"));
                    self.inventory.unreadable += 1;
                    break;
                }
            }
            self.hand_on(self.last_cut())?;
        }
        self.buffer.push(b'\n');
        if self.buffer.len() >= self.chunk_size {
            self.hand_on(self.buffer.len())?;
        }
        Ok(())
    }

    /// Where the full buffer can be cut: behind its last separator, or, when it is all one run, at
    /// its end, a multiple of the length at which runs are cut.
    fn last_cut(&self) -> usize {
        let last = self.buffer.iter().rposition(|byte| is_separator(*byte));
        last.map_or(self.buffer.len(), |separator| separator + 1)
    }

    fn hand_on(&mut self, length: usize) -> Result<(), Unwanted> {
        if length == 0 {
            return Ok(());
        }
        let mut next = Vec::with_capacity(self.chunk_size + 1);
        next.extend_from_slice(&self.buffer[length..]);
        self.buffer.truncate(length);
        let text = Arc::new(std::mem::replace(&mut self.buffer, next));
        let number = self.number;
        self.number += 1;
        let sent = self.chunks.blocking_send(Chunk { number, text });
        sent.map_err(|_| Unwanted)
    }
}
