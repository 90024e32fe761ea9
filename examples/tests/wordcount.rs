//! `wordcount` on input that is made to be hard to cut: what it counts is what a plain loop counts.

mod programs;

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

/// The smallest chunks there are, so that a few hundred kilobytes are cut often.
const CHUNK: usize = 16 * 1024;

fn count(folder: &Path, more: &[&str]) -> Output {
    programs::example("wordcount")
        .args(["--headless", "--chunk-kib", "16", "--top", "3"])
        .args(more)
        .arg(folder)
        .output()
        .expect("the example runs")
}

fn text(output: &Output) -> String {
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&all).into_owned()
}

fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = TempDir::new().expect("a folder for the test");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("a file for the test");
    }
    folder
}

fn assert_counts_like_a_plain_loop(files: &[(&str, Vec<u8>)]) -> String {
    let folder = folder(files);
    let output = count(folder.path(), &[]);
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("finds the same"), "{text}");
    text
}

#[test]
fn words_at_every_offset_from_the_cut_are_whole() {
    let file = |shift: usize| {
        let mut bytes = vec![b' '; CHUNK - 20 + shift];
        bytes.extend_from_slice("Wörter und noch mehr Wörter, ".repeat(50).as_bytes());
        bytes
    };
    let names: Vec<String> = (0..40).map(|shift| format!("{shift}")).collect();
    let files: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(shift, name)| (name.as_str(), file(shift)))
        .collect();
    let text = assert_counts_like_a_plain_loop(&files);
    assert!(text.contains("4000  wörter"), "{text}");
}

#[test]
fn runs_without_a_separator_are_cut_and_reported() {
    let long = |length: usize| [b"start ".to_vec(), vec![b'x'; length], b" end".to_vec()].concat();
    let text = assert_counts_like_a_plain_loop(&[
        ("short", long(4_095)),
        ("piece", long(4_096)),
        ("more", long(4_097)),
        ("chunk", long(CHUNK)),
        ("many", long(10 * CHUNK + 7)),
        ("bare", vec![b'y'; 5 * CHUNK]),
        ("cjk", "漢字、仮名".repeat(20_000).into_bytes()),
    ]);
    assert!(text.contains("pieces were cut"), "{text}");
}

#[test]
fn bytes_that_are_no_text_separate_words_or_make_a_file_binary() {
    let late = [b"fine ".repeat(4_000), b"mid\xffdle \0 fine\xc3".to_vec()].concat();
    let text = assert_counts_like_a_plain_loop(&[
        ("late", late),
        ("nul", b"some\0thing".to_vec()),
        ("latin1", b"caf\xe9".to_vec()),
        ("cut-off", "é".as_bytes()[..1].to_vec()),
        ("sniffed", "€".repeat(8_192).into_bytes()),
        ("empty", Vec::new()),
    ]);
    assert!(text.contains("3 files"), "{text}");
    assert!(text.contains("3 binary, 0 unreadable"), "{text}");
}

#[test]
fn failures_of_mappers_change_nothing() {
    let words: String = (0..60_000_u64)
        .map(|n| format!("w{} ", n * n % 7_919))
        .collect();
    let folder = folder(&[("words", words.into_bytes())]);
    for every in ["2", "3", "7"] {
        let output = count(folder.path(), &["--fail-every", every]);
        let text = text(&output);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("finds the same"), "{text}");
        assert!(!text.contains(" 0 of them failed"), "{text}");
        assert!(!text.contains("dropped 0 copies"), "{text}");
    }
}

#[test]
fn a_chunk_that_never_succeeds_fails_the_count() {
    let folder = folder(&[("words", b"a few words".to_vec())]);
    let output = count(folder.path(), &["--fail-every", "1", "--attempts", "4"]);
    assert_eq!(output.status.code(), Some(1));
    let text = text(&output);
    assert!(text.contains("chunk 0 failed 4 times"), "{text}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let output = count(Path::new("/no/such/folder"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("/no/such/folder: "));
}
