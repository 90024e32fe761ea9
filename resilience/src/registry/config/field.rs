//! [`Field`]: a setting that a file can have.

use super::fields;

/// A setting of a pipeline.
#[derive(Debug)]
pub(super) struct Field {
    /// From the pipeline down: `retry.attempts`.
    pub(super) path: &'static str,
    /// What can stand there.
    pub(super) kinds: &'static [Kind],
    /// What holds where nothing stands there, as it would be written; none where it is then off, or
    /// has to be said.
    pub(super) default: Option<&'static str>,
    /// What it is for, and the reason of the default.
    pub(super) about: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// `false`: off, whatever is inherited.
    Off,
    Flag,
    /// Whole, from 0 to `u32::MAX`.
    Count,
    Number,
    /// As "250ms".
    Time,
    Word(&'static [&'static str]),
    Table,
}

impl Kind {
    pub(super) fn expected(self) -> String {
        match self {
            Self::Off => "false".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Count => "a whole number".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Time => "a time such as \"250ms\"".to_owned(),
            Self::Word(words) => words
                .iter()
                .map(|word| format!("{word:?}"))
                .collect::<Vec<_>>()
                .join(" or "),
            Self::Table => "a table".to_owned(),
        }
    }
}

impl Field {
    pub(super) fn of(path: &str) -> Option<&'static Self> {
        fields::all().find(|field| field.path == path)
    }

    /// Those right below a path; of the empty one, those of a pipeline.
    pub(super) fn below(path: &str) -> impl Iterator<Item = (&'static str, &'static Self)> {
        fields::all().filter_map(move |field| {
            let (above, key) = field.path.rsplit_once('.').unwrap_or(("", field.path));
            (above == path).then_some((key, field))
        })
    }

    pub(super) fn expected(&self) -> String {
        let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.expected()).collect();
        kinds.join(" or ")
    }
}
