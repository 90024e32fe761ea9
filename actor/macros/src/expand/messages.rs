//! Writes the enum of messages.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{docs, phantom};
use crate::model::{Actor, Message};

/// The enum: one variant a method, with its arguments in order and the reply last.
pub(super) fn write(actor: &Actor) -> TokenStream {
    let settings = &actor.settings;
    let (name, visibility, derive) = (&settings.messages, &settings.visibility, &settings.derive);
    let derive = (!derive.is_empty()).then(|| quote!(#[derive(#(#derive),*)]));
    let generics = &actor.generics;
    let bounds = &generics.where_clause;
    let doc = format!("The messages of `{}`.", readable(&actor.self_type));
    let variants = actor.messages.iter().map(|message| variant(actor, message));
    let phantom = phantom::variant(actor);
    quote_spanned! {actor.span()=>
        #[doc = #doc]
        #derive
        #visibility enum #name #generics #bounds {
            #(#variants,)*
            #phantom
        }
    }
}

fn variant(actor: &Actor, message: &Message) -> TokenStream {
    let Message { cfgs, variant, .. } = message;
    let docs = docs(message, &handled_by(actor, message));
    let arguments = message.arguments().map(|argument| &argument.kind);
    let reply = message
        .answer()
        .map(|answer| quote!(::greenroom::Reply<#answer>));
    let fields: Vec<_> = arguments.map(|kind| quote!(#kind)).chain(reply).collect();
    let fields = (!fields.is_empty()).then(|| quote!((#(#fields),*)));
    quote!(#(#docs)* #(#cfgs)* #variant #fields)
}

/// What is said of a message whose method says nothing.
pub(super) fn handled_by(actor: &Actor, message: &Message) -> String {
    format!(
        "Handled by `{}::{}`.",
        readable(&actor.self_type),
        message.method
    )
}

/// A type as people write it, without the spaces between tokens.
fn readable(kind: &syn::Type) -> String {
    quote!(#kind)
        .to_string()
        .replace(' ', "")
        .replace(',', ", ")
}
