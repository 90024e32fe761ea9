//! Calls that are not made, each with what to do instead.

use super::source::Source;

/// Where a rule holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In tests too.
    Everywhere,
    /// Not in files and blocks of tests.
    Product,
    /// In what is published, tests among it.
    Published,
}

struct Ban {
    call: &'static str,
    within: Where,
    instead: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        call: ".unwrap()",
        within: Where::Product,
        instead: "return the error, or `expect(\"why it can't happen\")`",
    },
    Ban {
        call: "todo!(",
        within: Where::Everywhere,
        instead: "write it, or leave it out",
    },
    Ban {
        call: "unimplemented!(",
        within: Where::Everywhere,
        instead: "write it, or leave it out",
    },
    Ban {
        call: "dbg!(",
        within: Where::Everywhere,
        instead: "`tracing`, or nothing",
    },
    Ban {
        call: "#[ignore",
        within: Where::Everywhere,
        instead: "mend the test, or remove it",
    },
    Ban {
        call: "thread::sleep(",
        within: Where::Everywhere,
        instead: "wait for a condition with a bound, or use virtual time",
    },
    Ban {
        call: "std::time::Instant",
        within: Where::Published,
        instead: "`tokio::time::Instant`, which a paused clock drives",
    },
    Ban {
        call: "SystemTime::now",
        within: Where::Published,
        instead: "take the time as an argument; wall clocks jump",
    },
    Ban {
        call: "rand::rng()",
        within: Where::Published,
        instead: "take a seeded generator as an argument",
    },
    Ban {
        call: "mpsc::unbounded_channel(",
        within: Where::Published,
        instead: "a bounded channel, and say what happens when it is full",
    },
];

pub(crate) fn calls(source: &Source) -> Vec<String> {
    // This folder has to name what it looks for.
    if source.is_snippet() || source.path.starts_with("tests/tidy/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for ban in BANS {
        let lines: Vec<_> = match ban.within {
            Where::Everywhere => source.all_code().collect(),
            Where::Product => source.code(),
            Where::Published if is_published(source) => source.all_code().collect(),
            Where::Published => Vec::new(),
        };
        for (line, code) in lines {
            if code.contains(ban.call) && !is_excused(source) {
                let Ban { call, instead, .. } = ban;
                found.push(format!("{}:{line}: not `{call}`: {instead}", source.path));
            }
        }
    }
    found.extend(std_clock(source));
    found.extend(unbiased(source));
    found.extend(unreasoned(source));
    found
}

fn is_published(source: &Source) -> bool {
    source.path.starts_with("actor/") || source.path.starts_with("resilience/")
}

/// clippy checks the same calls in code that is built, and takes a reason where one has to be made.
fn is_excused(source: &Source) -> bool {
    attributes(source, "expect(")
        .iter()
        .any(|(_, text)| text.contains("clippy::disallowed_methods") && text.contains("reason"))
}

/// `use std::time::{Duration, Instant}`, which the table can't see.
fn std_clock(source: &Source) -> Option<String> {
    let (line, _) = source.all_code().find(|(_, code)| {
        let list = code.trim().strip_prefix("use std::time::{");
        list.is_some_and(|list| list.split([',', '}']).any(|name| name.trim() == "Instant"))
    })?;
    let found = is_published(source) && !is_excused(source);
    found.then(|| {
        format!(
            "{}:{line}: not std's `Instant`: `tokio::time::Instant`, which a paused clock drives",
            source.path
        )
    })
}

/// Without `biased`, `select!` takes its turns from tokio's own random numbers, which no seed gives
/// again.
fn unbiased(source: &Source) -> Vec<String> {
    let lines: Vec<_> = source.all_code().collect();
    let mut found = Vec::new();
    for (at, (line, code)) in lines.iter().enumerate() {
        let Some(begin) = code.find("select! {") else {
            continue;
        };
        let rest = &code[begin + "select! {".len()..];
        let next = lines.get(at + 1).map_or("", |(_, code)| code.trim());
        if !rest.trim().starts_with("biased;") && !next.starts_with("biased;") {
            found.push(format!("{}:{line}: begin it with `biased;`", source.path));
        }
    }
    found
}

/// An `allow` or `expect` says why.
fn unreasoned(source: &Source) -> Vec<String> {
    ["allow(", "expect("]
        .iter()
        .flat_map(|kind| attributes(source, kind))
        .filter(|(_, text)| !text.contains("reason = "))
        .map(|(line, text)| format!("{}:{line}: `{text}` without a reason", source.path))
        .collect()
}

/// Attributes of one kind, each with its line and its whole text.
fn attributes(source: &Source, kind: &str) -> Vec<(usize, String)> {
    let lines: Vec<_> = source.all_code().collect();
    let mut found = Vec::new();
    for (at, (line, code)) in lines.iter().enumerate() {
        let code = code.trim_start();
        let inner = code
            .strip_prefix("#![")
            .or_else(|| code.strip_prefix("#["))
            .or_else(|| code.strip_prefix("#[cfg_attr("));
        if !inner.is_some_and(|inner| inner.starts_with(kind)) {
            continue;
        }
        let mut text = String::new();
        for (_, code) in &lines[at..] {
            text.push_str(code.trim());
            if text.ends_with(']') {
                break;
            }
        }
        found.push((*line, text));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        calls(&Source::new(path, text)).len()
    }

    #[test]
    fn each_banned_call_is_found() {
        for ban in BANS {
            let text = format!("fn a() {{\n    let b = c{}\n}}\n", ban.call);
            assert_eq!(found("actor/src/a.rs", &text), 1, "{}", ban.call);
            let comment = format!("// Not {}.\n", ban.call);
            assert_eq!(found("actor/src/a.rs", &comment), 0, "{}", ban.call);
        }
    }

    #[test]
    fn tests_may_unwrap() {
        assert_eq!(found("actor/tests/a.rs", "    a.unwrap();\n"), 0);
        let text = "//! A.\n#[cfg(test)]\nmod tests {\n    a.unwrap();\n}\n";
        assert_eq!(found("actor/src/a.rs", text), 0);
    }

    #[test]
    fn benches_may_read_clocks() {
        assert_eq!(found("benches/src/a.rs", "use std::time::Instant;\n"), 0);
    }

    #[test]
    fn stds_clock_in_a_list_is_found() {
        let text = "use std::time::{Duration, Instant};\n";
        assert_eq!(found("resilience/src/a.rs", text), 1);
        assert_eq!(
            found("resilience/src/a.rs", "use std::time::{Duration};\n"),
            0
        );
    }

    #[test]
    fn a_stated_reason_excuses_a_disallowed_call() {
        let text = "#[expect(clippy::disallowed_methods, reason = \"blocks on purpose\")]\n\
                    fn a() {\n    std::thread::sleep(b);\n}\n";
        assert_eq!(found("actor/tests/a.rs", text), 0);
        assert_eq!(
            found("actor/tests/a.rs", "fn a() {\n    thread::sleep(b);\n}\n"),
            1
        );
    }

    #[test]
    fn a_select_that_tosses_a_coin_is_found() {
        let text = "    tokio::select! {\n        a = b => {}\n    }\n";
        assert_eq!(found("actor/src/a.rs", text), 1);
        let text = "    tokio::select! {\n        biased;\n        a = b => {}\n    }\n";
        assert_eq!(found("actor/src/a.rs", text), 0);
    }

    #[test]
    fn an_allow_without_a_reason_is_found() {
        for text in [
            "#[allow(dead_code)]\nfn a() {}\n",
            "#![expect(dead_code)]\n",
            "    #[allow(\n        dead_code,\n    )]\n",
        ] {
            assert_eq!(found("actor/src/a.rs", text), 1, "{text}");
        }
        let text = "#[allow(dead_code, reason = \"called by the macro\")]\n";
        assert_eq!(found("actor/src/a.rs", text), 0);
    }
}
