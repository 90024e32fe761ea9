//! The arguments of `#[actor(..)]`.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Path, Token, Visibility, parenthesized};

/// What may stand in `#[actor(..)]`, in any order.
pub(crate) struct Arguments {
    pub(crate) visibility: Visibility,
    pub(crate) messages: Option<Ident>,
    pub(crate) calls: Option<Ident>,
    pub(crate) derive: Vec<Path>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            visibility: Visibility::Inherited,
            messages: None,
            calls: None,
            derive: Vec::new(),
        }
    }
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut arguments = Self::default();
        while !input.is_empty() {
            arguments.parse_one(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

impl Arguments {
    fn parse_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if input.peek(Token![pub]) {
            let visibility: Visibility = input.parse()?;
            if !matches!(self.visibility, Visibility::Inherited) {
                return Err(twice(&visibility, "the visibility"));
            }
            self.visibility = visibility;
            return Ok(());
        }
        let name = input.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "msg" => set_name(&mut self.messages, &name, input),
            "calls" => set_name(&mut self.calls, &name, input),
            "derive" => {
                let content;
                parenthesized!(content in input);
                let paths = content.parse_terminated(Path::parse_mod_style, Token![,])?;
                self.derive.extend(paths);
                Ok(())
            }
            other => {
                let text = format!(
                    "unknown argument `{other}`: `#[actor]` takes `pub` (or `pub(crate)`, ..), \
                     `msg = Name`, `calls = Name` and `derive(Trait, ..)`"
                );
                Err(syn::Error::new_spanned(name, text))
            }
        }
    }
}

fn set_name(slot: &mut Option<Ident>, argument: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    if slot.is_some() {
        return Err(twice(argument, &format!("`{argument}`")));
    }
    input.parse::<Token![=]>()?;
    *slot = Some(input.parse()?);
    Ok(())
}

fn twice(tokens: impl quote::ToTokens, what: &str) -> syn::Error {
    syn::Error::new_spanned(tokens, format!("{what} is given twice"))
}
