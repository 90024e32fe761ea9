//! Reads the user's tokens into the model, and notes what is wrong with them at their place.

mod arguments;
mod attributes;
mod hook;
mod message;
mod signature;
mod types;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Generics, ImplItem, ImplItemFn, Item, ItemImpl, Type};

pub(crate) use arguments::Arguments;

use crate::errors::Errors;
use crate::model::{Actor, Hook, HookKind, Message, Settings};
use attributes::Role;

/// The inherent `impl` block under the attribute.
///
/// # Errors
///
/// When it is anything else, together with what is to be left of it.
pub(crate) fn block(item: TokenStream) -> Result<ItemImpl, (TokenStream, syn::Error)> {
    let wrong = "`#[actor]` goes on an inherent block of methods: `impl Counter { .. }`";
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Impl(mut block)) => {
            let misplaced = match (&block.trait_, &block.unsafety) {
                (Some((path, _)), _) => {
                    let text = format!("{wrong}; it writes the `impl Actor` itself");
                    Some(syn::Error::new_spanned(path, text))
                }
                (None, Some(token)) => Some(syn::Error::new_spanned(token, wrong)),
                (None, None) => block.modifiers.require_empty().err(),
            };
            let Some(error) = misplaced else {
                return Ok(block);
            };
            for item in &mut block.items {
                if let Some(attributes) = attributes_of(item) {
                    attributes::take(attributes, &mut Errors::default());
                }
            }
            Err((block.into_token_stream(), error))
        }
        Ok(other) => Err((item, syn::Error::new(other.span(), wrong))),
        Err(error) => Err((item, error)),
    }
}

/// Reads what a block says of its actor, and takes the macro's own attributes out of it.
///
/// Nothing is returned where the rest would make no sense; a wrong method is left out alone, so
/// that one mistake is one error.
pub(crate) fn actor(
    arguments: Arguments,
    block: &mut ItemImpl,
    errors: &mut Errors,
) -> Option<Actor> {
    let mut messages = Vec::new();
    let mut hooks = Vec::new();
    for item in &mut block.items {
        let Some(attributes) = attributes_of(item) else {
            continue;
        };
        let role = attributes::take(attributes, errors);
        if role.is_some()
            && let ImplItem::Fn(method) = item
        {
            method.attrs.push(attributes::owned_arguments());
        }
        match (role, &*item) {
            (Some(Role::Message { idempotent }), ImplItem::Fn(method)) => {
                messages.extend(message::read(method, idempotent, &block.self_ty, errors));
            }
            (Some(Role::Hook(kind)), ImplItem::Fn(method)) => {
                hooks.extend(hook::read(method, kind, errors));
            }
            (None, ImplItem::Fn(method)) => forgotten(method, errors),
            (Some(role), other) => {
                errors.at(other, format!("`#[{}]` goes on a method", role.name()));
            }
            (None, _) => {}
        }
    }
    distinct_variants(&mut messages, errors);
    distinct_hooks(&mut hooks, errors);
    let generics = generics(block, errors)?;
    let settings = settings(arguments, &block.self_ty, errors)?;
    Some(Actor {
        self_type: (*block.self_ty).clone(),
        generics,
        settings,
        messages,
        hooks,
    })
}

fn attributes_of(item: &mut ImplItem) -> Option<&mut Vec<Attribute>> {
    match item {
        ImplItem::Fn(method) => Some(&mut method.attrs),
        ImplItem::Const(constant) => Some(&mut constant.attrs),
        ImplItem::Type(alias) => Some(&mut alias.attrs),
        ImplItem::Macro(invocation) => Some(&mut invocation.attrs),
        _ => None,
    }
}

/// A hook without its attribute would never be called, and nobody would tell.
fn forgotten(method: &ImplItemFn, errors: &mut Errors) {
    let Some(kind) = HookKind::ALL
        .into_iter()
        .find(|kind| method.sig.ident == kind.name())
    else {
        return;
    };
    let is_hook = match kind {
        HookKind::Supervision => method.sig.inputs.is_empty(),
        _ => signature::typed(&method.sig).any(|input| types::is_context(&input.ty)),
    };
    if is_hook {
        let name = kind.name();
        let text = format!(
            "`{name}` is not called without its attribute: write `#[{name}]` above it, or choose \
             another name"
        );
        errors.at(&method.sig.ident, text);
    }
}

fn settings(arguments: Arguments, self_type: &Type, errors: &mut Errors) -> Option<Settings> {
    let Some(name) = types::last_segment(self_type).map(|segment| &segment.ident) else {
        errors.at(
            self_type,
            "`#[actor]` needs a type with a name: `impl Counter { .. }`",
        );
        return None;
    };
    // What is said of them is shown at the type's name, but they are not the user's own tokens.
    let span = name.span().resolved_at(Span::call_site());
    let named = |suffix: &str| Ident::new(&format!("{}{suffix}", name.unraw()), span);
    Some(Settings {
        visibility: arguments.visibility,
        messages: arguments.messages.unwrap_or_else(|| named("Msg")),
        calls: arguments.calls.unwrap_or_else(|| named("Calls")),
        derive: arguments.derive,
    })
}

/// The generics of the block, as the enum and the trait need them.
fn generics(block: &ItemImpl, errors: &mut Errors) -> Option<Generics> {
    if let Some(lifetime) = block.generics.lifetimes().next() {
        let text = "an actor lives as long as it likes and can't borrow: let it own what it needs, \
                    or share it in an `Arc`";
        errors.at(&lifetime.lifetime, text);
        return None;
    }
    let mut generics = block.generics.clone();
    types::SelfType(&block.self_ty).visit_generics_mut(&mut generics);
    Some(generics)
}

/// Leaves out a message whose variant there is already. Where both are conditional it is the
/// compiler that knows whether they meet.
fn distinct_variants(messages: &mut Vec<Message>, errors: &mut Errors) {
    let mut seen: Vec<(Ident, Ident, bool)> = Vec::new();
    messages.retain(|message| {
        let conditional = !message.cfgs.is_empty();
        let twin = seen.iter().find(|(variant, _, other_conditional)| {
            *variant == message.variant && !(conditional && *other_conditional)
        });
        if let Some((variant, other, _)) = twin {
            let text = format!(
                "the variants of `{}` and `{other}` would both be named `{variant}`: choose \
                 another name",
                message.method
            );
            errors.at(&message.method, text);
            return false;
        }
        seen.push((message.variant.clone(), message.method.clone(), conditional));
        true
    });
}

/// Leaves out a hook that there is already, as for variants.
fn distinct_hooks(hooks: &mut Vec<Hook>, errors: &mut Errors) {
    let mut seen: Vec<(HookKind, Ident, bool)> = Vec::new();
    hooks.retain(|hook| {
        let conditional = !hook.cfgs.is_empty();
        let twin = seen.iter().find(|(kind, _, other_conditional)| {
            *kind == hook.kind && !(conditional && *other_conditional)
        });
        if let Some((kind, other, _)) = twin {
            let text = format!(
                "`{other}` is `#[{}]` already: an actor has one",
                kind.name()
            );
            errors.at(&hook.method, text);
            return false;
        }
        seen.push((hook.kind, hook.method.clone(), conditional));
        true
    });
}
