//! What a word is, and how words are counted.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::io::{self, BufReader, Read};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// The longest run of bytes without a separator that is looked at as a whole; a longer one (a
/// minified script, a dump in hex) is cut into pieces of this size, so that no input needs more
/// memory than another.
pub const RUN_MAX: usize = 4_096;

/// Whether a byte separates runs: ASCII, and neither a letter nor a digit nor `_`. All bytes of
/// characters beyond ASCII belong to runs, so a run never ends in the middle of a character.
pub fn is_separator(byte: u8) -> bool {
    CLASSES[usize::from(byte)] == 0
}

const ASCII: u8 = 1;
const BEYOND: u8 = 2;

const CLASSES: [u8; 256] = {
    let mut classes = [BEYOND; 256];
    let mut byte = 0;
    while byte < 128 {
        let is_word = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        classes[byte] = if is_word { ASCII } else { 0 };
        byte += 1;
    }
    classes
};

/// Hands every word of `text`, whose ASCII letters are in lower case, to `each`, and returns how
/// many pieces of [`RUN_MAX`] bytes were cut from longer runs.
///
/// Words are runs of letters, digits and `_`, in Unicode's sense; bytes that are not UTF-8 separate
/// words.
pub fn each_word(text: &[u8], mut each: impl FnMut(&[u8])) -> u64 {
    let (mut at, mut cut) = (0, 0);
    while let Some(gap) = text[at..].iter().position(|byte| !is_separator(*byte)) {
        let begin = at + gap;
        let mut seen = 0;
        at = begin;
        while at < text.len() && !is_separator(text[at]) {
            seen |= CLASSES[usize::from(text[at])];
            at += 1;
        }
        let run = &text[begin..at];
        cut += (run.len() / RUN_MAX) as u64;
        for piece in run.chunks(RUN_MAX) {
            if seen == ASCII {
                each(piece);
            } else {
                each_unicode_word(piece, |word| each(word.as_bytes()));
            }
        }
    }
    cut
}

fn each_unicode_word(run: &[u8], each: impl FnMut(String)) {
    String::from_utf8_lossy(run)
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .for_each(each);
}

/// Words and how often each was seen: their text in one buffer, and a table that points into it.
///
/// The hash is kept, so that a reducer that takes in a mapper's tally never hashes a word again.
#[derive(Default, Clone)]
pub struct Tally {
    text: Vec<u8>,
    table: HashTable<Counted>,
}

#[derive(Clone)]
struct Counted {
    hash: u64,
    start: usize,
    length: u32,
    count: u64,
}

impl Counted {
    fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.length as usize
    }
}

impl Tally {
    /// The same for the same word in every mapper.
    pub fn hash(word: &[u8]) -> u64 {
        FixedState::with_seed(0).hash_one(word)
    }

    pub fn add(&mut self, hash: u64, word: &[u8], count: u64) {
        let Self { text, table } = self;
        let is_it = |known: &Counted| known.hash == hash && text[known.range()] == *word;
        match table.entry(hash, is_it, |known| known.hash) {
            Entry::Occupied(mut known) => known.get_mut().count += count,
            Entry::Vacant(vacant) => {
                let (start, length) = (text.len(), word.len() as u32);
                text.extend_from_slice(word);
                vacant.insert(Counted {
                    hash,
                    start,
                    length,
                    count,
                });
            }
        }
    }

    pub fn take_in(&mut self, other: &Self) {
        for counted in &other.table {
            self.add(counted.hash, &other.text[counted.range()], counted.count);
        }
    }

    pub fn distinct(&self) -> usize {
        self.table.len()
    }

    pub fn total(&self) -> u64 {
        self.table.iter().map(|counted| counted.count).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.table.iter().map(|counted| {
            let word = std::str::from_utf8(&self.text[counted.range()]);
            (word.expect("words are cut out of text"), counted.count)
        })
    }
}

/// The plain sequential count of one file, with nothing in common with [`each_word`] but the rules.
pub fn count_plainly(file: impl Read, counts: &mut HashMap<String, u64>) -> io::Result<()> {
    let mut run = Vec::new();
    let mut finish = |run: &mut Vec<u8>| {
        each_unicode_word(run, |word| *counts.entry(word).or_insert(0) += 1);
        run.clear();
    };
    for byte in BufReader::new(file).bytes() {
        let byte = byte?;
        if byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'_' {
            finish(&mut run);
        } else {
            run.push(byte);
            if run.len() == RUN_MAX {
                finish(&mut run);
            }
        }
    }
    finish(&mut run);
    Ok(())
}
