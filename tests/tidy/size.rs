//! How long files, functions and lines may be: what one can hold in one's head, or on a screen.

use super::source::Source;

const FILE_MAX: usize = 400;
const FUNCTION_MAX: usize = 70;
const LINE_MAX: usize = 100;

/// Files that were longer when the rule came, with their length: the number may only fall, and the
/// line goes when the file has been split. Nothing is added here.
pub(crate) const LONG_FILES: &[(&str, usize)] = &[];

/// Functions that were longer when the rule came, as above.
pub(crate) const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[];

/// Lines are counted without a trailing `mod tests { .. }`, which belongs to the file's subject and
/// makes nothing harder to find.
pub(crate) fn file(source: &Source, known: &[(&str, usize)]) -> Vec<String> {
    let lines = source.product_lines();
    let most = known
        .iter()
        .find(|(path, _)| *path == source.path)
        .map_or(FILE_MAX, |(_, lines)| *lines);
    if lines <= most {
        return Vec::new();
    }
    let path = &source.path;
    vec![format!(
        "{path}: {lines} lines, {most} at most; split it by noun"
    )]
}

/// Known long files that have become shorter, or are gone.
pub(crate) fn gone(sources: &[Source], known: &[(&str, usize)]) -> Vec<String> {
    known
        .iter()
        .filter_map(|(path, lines)| {
            let source = sources.iter().find(|source| source.path == *path);
            let now = source.map_or(0, Source::product_lines);
            (now < *lines).then(|| {
                format!("{path}: {now} lines now, {lines} in LONG_FILES; lower it, or remove it")
            })
        })
        .collect()
}

/// A row of a table in a doc comment has no place to be broken.
pub(crate) fn lines(source: &Source) -> Vec<String> {
    let is_row = |line: &str| {
        let comment = line.trim_start().trim_start_matches(['/', '!']);
        comment.starts_with(" |") && comment.len() < line.len()
    };
    source
        .text
        .lines()
        .enumerate()
        .filter(|(_, line)| !is_row(line))
        .map(|(index, line)| (index + 1, line.chars().count()))
        .filter(|(_, columns)| *columns > LINE_MAX)
        .map(|(line, columns)| {
            format!(
                "{}:{line}: {columns} columns, {LINE_MAX} at most",
                source.path
            )
        })
        .collect()
}

/// Functions longer than allowed, or than known.
pub(crate) fn functions(source: &Source, known: &[(&str, &str, usize)]) -> Vec<String> {
    let mut found = Vec::new();
    for (line, name, length) in lengths(source) {
        let most = known
            .iter()
            .find(|(path, function, _)| *path == source.path && *function == name)
            .map_or(FUNCTION_MAX, |(_, _, lines)| *lines);
        if length > most {
            let path = &source.path;
            found.push(format!(
                "{path}:{line}: `{name}` has {length} lines, {most} at most"
            ));
        }
    }
    found
}

/// Known long functions that have become shorter, or are gone.
pub(crate) fn shorter(sources: &[Source], known: &[(&str, &str, usize)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, name, lines) in known {
        let source = sources.iter().find(|source| source.path == *path);
        let lengths = source.map(lengths).unwrap_or_default();
        let now = lengths
            .iter()
            .filter(|(_, function, _)| function == name)
            .map(|(_, _, length)| *length)
            .max()
            .unwrap_or_default();
        if now < *lines {
            found.push(format!(
                "{path}: `{name}` has {now} lines now, {lines} in LONG_FUNCTIONS; lower it, or \
                 remove it"
            ));
        }
    }
    found
}

/// All functions: line, name, and length from the line of the `fn` to the brace that closes it.
///
/// rustfmt puts that brace into a line of its own, as far in as the `fn`, so indents are enough.
fn lengths(source: &Source) -> Vec<(usize, &str, usize)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let named = lines.iter().enumerate().filter_map(|(at, line)| {
        let name = function_name(line)?;
        Some((at + 1, name, length(&lines[at..])))
    });
    named.collect()
}

fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    loop {
        match words.next()? {
            "fn" => break,
            "async" | "const" | "unsafe" | "extern" | "default" | "in" => {}
            word if word.starts_with("pub") || word.starts_with('"') => {}
            _ => return None,
        }
    }
    words.next()?.split(['(', '<']).next()
}

/// The length of the function that begins with the first of these lines; 1 for a declaration.
fn length(lines: &[&str]) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let first = indent(lines[0]);
    for (index, line) in lines.iter().enumerate() {
        let at_level = indent(line) == first && !line.trim().is_empty();
        let ends_declaration = line.ends_with(';') && (index == 0 || indent(line) <= first);
        let ends_body = at_level && index > 0 && line.trim_start().starts_with('}');
        let on_one_line = at_level && line.ends_with('}');
        if ends_declaration || ends_body || on_one_line {
            return index + 1;
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(body: usize) -> String {
        let body = "        a();\n".repeat(body);
        format!(
            "impl A {{\n    pub async fn long<T>(\n        t: T,\n    ) -> T {{\n{body}    }}\n}}\n"
        )
    }

    #[test]
    fn a_long_function_is_found() {
        let of = |body| functions(&Source::new("a.rs", function(body)), &[]);
        assert!(of(66).is_empty());
        assert_eq!(
            of(67),
            ["a.rs:2: `long` has 71 lines, 70 at most".to_owned()]
        );
    }

    #[test]
    fn a_known_long_function_may_only_shrink() {
        let source = Source::new("a.rs", function(80));
        assert!(functions(&source, &[("a.rs", "long", 84)]).is_empty());
        assert_eq!(functions(&source, &[("a.rs", "long", 83)]).len(), 1);
        let sources = [source];
        assert!(shorter(&sources, &[("a.rs", "long", 84)]).is_empty());
        assert_eq!(shorter(&sources, &[("a.rs", "long", 85)]).len(), 1);
        assert_eq!(shorter(&sources, &[("a.rs", "gone", 84)]).len(), 1);
    }

    #[test]
    fn declarations_and_short_bodies_end_where_they_end() {
        let after = "    const A: u8 = 1;\n".repeat(100);
        for head in [
            "    fn a(&self);",
            "    fn a(\n        &self,\n    ) -> u8;",
            "    fn a() {}",
            "    fn a() -> u8 { 1 }",
            "    fn a()\n    where\n        Self: Sized,\n    {\n    }",
        ] {
            let text = format!("trait A {{\n{head}\n{after}}}\n");
            assert!(
                functions(&Source::new("a.rs", text), &[]).is_empty(),
                "{head}"
            );
        }
    }

    #[test]
    fn a_function_pointer_is_no_function() {
        assert_eq!(function_name("    describe: fn(&M) -> u8,"), None);
        assert_eq!(function_name("// fn a() {"), None);
        assert_eq!(function_name("pub(crate) const fn a() {"), Some("a"));
    }

    #[test]
    fn a_long_file_is_found() {
        let of = |lines: usize, known: &[_]| {
            file(&Source::new("a.rs", "a();\n".repeat(lines)), known).len()
        };
        assert_eq!(of(400, &[]), 0);
        assert_eq!(of(401, &[]), 1);
        assert_eq!(of(500, &[("a.rs", 500)]), 0);
        assert_eq!(of(501, &[("a.rs", 500)]), 1);
        let tests = format!(
            "a();\n#[cfg(test)]\nmod tests {{\n{}}}\n",
            "b();\n".repeat(500)
        );
        assert!(file(&Source::new("a.rs", tests), &[]).is_empty());
    }

    #[test]
    fn a_known_long_file_that_shrank_is_found() {
        let sources = [Source::new("a.rs", "a();\n".repeat(450))];
        assert!(gone(&sources, &[("a.rs", 450)]).is_empty());
        assert_eq!(gone(&sources, &[("a.rs", 451)]).len(), 1);
        assert_eq!(gone(&sources, &[("b.rs", 450)]).len(), 1);
    }

    #[test]
    fn a_long_line_is_found() {
        let of = |columns| lines(&Source::new("a.rs", "é".repeat(columns))).len();
        assert_eq!((of(100), of(101)), (0, 1));
        let row = format!("    /// | {} |\n", "a".repeat(100));
        assert!(lines(&Source::new("a.rs", row)).is_empty());
        let code = format!("    | {} |\n", "a".repeat(100));
        assert_eq!(lines(&Source::new("a.rs", code)).len(), 1);
    }
}
