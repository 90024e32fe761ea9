//! Which names a message can't have, and how its variant is named after it.

use proc_macro2::Ident;
use syn::ext::IdentExt;

#[cfg(test)]
mod tests;

/// The methods that every reference has already, guarded or not, and those it is about to get.
///
/// An inherent method wins over one of a trait, so that a message of the same name could never be
/// called; and a method of another trait in scope is ambiguous with it. A test compares this list
/// with the sources of `ActorRef`, `Guarded` and `Target`.
pub(crate) const RESERVED: &[&str] = &[
    // `ActorRef` and `Guarded` themselves
    "ask",
    "ask_each",
    "blocking_ask",
    "blocking_tell",
    "guarded",
    "id",
    "is_stopped",
    "kill",
    "mailbox_fill",
    "path",
    "service",
    "sink",
    "stop",
    "tell",
    "terminated",
    "try_tell",
    // `Target`
    "call_ask",
    "call_tell",
    // traits of the standard prelude that a reference implements
    "clone",
    "eq",
    "into",
    "ne",
    "to_owned",
    "try_into",
];

/// Names the variant of a method: `get_all` becomes `GetAll`.
///
/// # Errors
///
/// When the method's name leaves nothing that can name a variant (`_`, `_1`, `self_`).
pub(crate) fn variant(method: &Ident) -> syn::Result<Ident> {
    let words = method.unraw().to_string();
    let name: String = words.split('_').map(capitalised).collect();
    syn::parse_str::<Ident>(&name)
        .map(|_| Ident::new(&name, method.span()))
        .map_err(|_| {
            let text = format!("no variant can be named after `{method}`: choose another name");
            syn::Error::new(method.span(), text)
        })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
