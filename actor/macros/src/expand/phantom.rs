//! The variant that can't be made: it uses the parameters of a generic actor that no message uses.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::visit::{self, Visit};

use crate::model::Actor;

/// The variant, where one is needed. Whoever matches the enum by value need not mention it.
pub(super) fn variant(actor: &Actor) -> Option<TokenStream> {
    let unused = unused(actor);
    if unused.is_empty() {
        return None;
    }
    Some(quote! {
        #[doc(hidden)]
        #[allow(dead_code, reason = "holds the parameters that no message uses")]
        __Phantom(
            ::core::convert::Infallible,
            ::core::marker::PhantomData<fn() -> (#(::core::marker::PhantomData<#unused>,)*)>,
        )
    })
}

/// The arm for it where the enum is matched behind a reference.
pub(super) fn arm(actor: &Actor) -> Option<TokenStream> {
    let name = &actor.settings.messages;
    (!unused(actor).is_empty())
        .then(|| quote_spanned!(actor.span()=> #name::__Phantom(ref never, _) => match *never {},))
}

fn unused(actor: &Actor) -> Vec<&Ident> {
    let mut mentioned = Mentioned(Vec::new());
    // A conditional message may be gone.
    for message in actor
        .messages
        .iter()
        .filter(|message| message.cfgs.is_empty())
    {
        message.types().for_each(|kind| mentioned.visit_type(kind));
    }
    let parameters = actor
        .generics
        .type_params()
        .map(|parameter| &parameter.ident);
    parameters
        .filter(|name| !mentioned.0.contains(name))
        .collect()
}

/// The names with which the paths in a type begin: its parameters are among them.
struct Mentioned<'a>(Vec<&'a Ident>);

impl<'a> Visit<'a> for Mentioned<'a> {
    fn visit_path(&mut self, path: &'a Path) {
        self.0
            .extend(path.segments.first().map(|segment| &segment.ident));
        visit::visit_path(self, path);
    }
}
