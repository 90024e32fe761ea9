//! The attributes of a method: the macro's own, and those that are carried to what it writes.

use syn::{Attribute, Ident, Meta, Path};

use crate::errors::Errors;
use crate::model::HookKind;

/// What a method of the block is for.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Message { idempotent: bool },
    Hook(HookKind),
}

impl Role {
    /// The name of the attribute that gives it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Message { .. } => "message",
            Self::Hook(kind) => kind.name(),
        }
    }
}

/// Takes the macro's own attributes out, and says what they make of the method.
pub(super) fn take(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Option<Role> {
    let mut role: Option<Role> = None;
    attributes.retain(|attribute| {
        let Some(found) = role_of(attribute, errors) else {
            return true;
        };
        match role {
            Some(first) if first.name() == found.name() => {
                errors.at(attribute, format!("`#[{}]` is given twice", found.name()));
            }
            Some(first) => {
                let (first, second) = (first.name(), found.name());
                let text = format!("a method is one thing: `#[{first}]` or `#[{second}]`");
                errors.at(attribute, text);
            }
            None => role = Some(found),
        }
        false
    });
    role
}

fn role_of(attribute: &Attribute, errors: &mut Errors) -> Option<Role> {
    let name = own_name(attribute.path())?;
    if name == "message" {
        let idempotent = errors
            .keep(is_idempotent(&attribute.meta))
            .unwrap_or_default();
        return Some(Role::Message { idempotent });
    }
    let kind = HookKind::ALL.into_iter().find(|kind| name == kind.name())?;
    if !matches!(attribute.meta, Meta::Path(_)) {
        errors.at(attribute, format!("`#[{name}]` takes no arguments"));
    }
    Some(Role::Hook(kind))
}

/// The attribute's name, written alone or after `greenroom::`.
fn own_name(path: &Path) -> Option<&Ident> {
    match path.segments.len() {
        1 if path.leading_colon.is_none() => path.get_ident(),
        2 if path.segments[0].ident == "greenroom" => Some(&path.segments[1].ident),
        _ => None,
    }
}

fn is_idempotent(meta: &Meta) -> syn::Result<bool> {
    let takes = "`#[message]` takes `idempotent`, or nothing";
    let list = match meta {
        Meta::Path(_) => return Ok(false),
        Meta::List(list) => list,
        Meta::NameValue(pair) => return Err(syn::Error::new_spanned(pair, takes)),
    };
    let mut idempotent = false;
    list.parse_nested_meta(|argument| {
        if !argument.path.is_ident("idempotent") {
            return Err(argument.error(format!("unknown argument: {takes}")));
        }
        idempotent = true;
        Ok(())
    })?;
    Ok(idempotent)
}

/// A linter would have a method borrow what it does not use up, and the macro refuses that.
pub(super) fn owned_arguments() -> Attribute {
    syn::parse_quote! {
        #[allow(clippy::needless_pass_by_value, reason = "a message owns its arguments")]
    }
}

/// The attributes of one name.
pub(super) fn named(attributes: &[Attribute], name: &str) -> Vec<Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(name))
        .cloned()
        .collect()
}
