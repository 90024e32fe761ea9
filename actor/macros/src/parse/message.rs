//! A method under `#[message]`.

use syn::{Ident, ImplItemFn, Pat, PatType, ReturnType, Type};

use super::types::{self, Place};
use super::{attributes, signature};
use crate::errors::Errors;
use crate::model::{Argument, Input, Message, Output};
use crate::names;

/// Reads a method; nothing is returned once something is wrong with it.
pub(super) fn read(
    method: &ImplItemFn,
    idempotent: bool,
    self_type: &Type,
    errors: &mut Errors,
) -> Option<Message> {
    let mut own = Errors::default();
    signature::check(method, &mut own);
    signature::check_receiver(&method.sig, &mut own);
    check_name(&method.sig.ident, &mut own);
    let variant = own.keep(names::variant(&method.sig.ident));
    let inputs = inputs(method, self_type, &mut own);
    let output = output(&method.sig.output, self_type, &mut own);
    if !own.is_empty() {
        errors.append(own);
        return None;
    }
    Some(Message {
        docs: attributes::named(&method.attrs, "doc"),
        cfgs: attributes::named(&method.attrs, "cfg"),
        deprecated: attributes::named(&method.attrs, "deprecated").pop(),
        method: method.sig.ident.clone(),
        variant: variant?,
        is_async: method.sig.asyncness.is_some(),
        idempotent,
        inputs,
        output,
    })
}

fn check_name(method: &Ident, errors: &mut Errors) {
    if names::RESERVED.iter().any(|name| method == name) {
        let text = format!(
            "a reference to an actor has a method `{method}` of its own, which would be called \
             instead: choose another name"
        );
        errors.at(method, text);
    }
}

fn inputs(method: &ImplItemFn, self_type: &Type, errors: &mut Errors) -> Vec<Input> {
    let mut inputs = Vec::new();
    for input in signature::typed(&method.sig) {
        if types::is_context(&input.ty) {
            if inputs.iter().any(|other| matches!(other, Input::Context)) {
                errors.at(input, "the context is there already");
            }
            inputs.push(Input::Context);
        } else if types::is_own_context(&input.ty) {
            errors.at(
                &input.ty,
                "the context is lent for the call: take `&mut Context<Self>`",
            );
        } else {
            inputs.extend(argument(input, self_type, errors).map(Input::Argument));
        }
    }
    inputs
}

fn argument(input: &PatType, self_type: &Type, errors: &mut Errors) -> Option<Argument> {
    if let Some(cfg) = attributes::named(&input.attrs, "cfg").first() {
        errors.at(
            cfg,
            "an argument can't be conditional, put `cfg` on the whole method",
        );
    }
    types::check_owned(&input.ty, Place::Argument, errors);
    let mut kind = input.ty.clone();
    types::replace_self(&mut kind, self_type);
    let name = match &*input.pat {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            pattern.ident.clone()
        }
        Pat::Wild(_) => {
            errors.at(
                &input.pat,
                "an argument needs a name, which callers read: write `_name`",
            );
            return None;
        }
        pattern => {
            let text = "an argument needs a name, which callers read: take it apart in the body";
            errors.at(pattern, text);
            return None;
        }
    };
    Some(Argument { name, kind })
}

fn output(output: &ReturnType, self_type: &Type, errors: &mut Errors) -> Output {
    let ReturnType::Type(_, kind) = output else {
        return Output::Nothing;
    };
    if types::is_unit(kind) {
        return Output::Nothing;
    }
    if types::is_actor_result(kind) {
        return Output::Result;
    }
    types::check_owned(kind, Place::Answer, errors);
    let mut kind = kind.clone();
    types::replace_self(&mut kind, self_type);
    Output::Value(kind)
}
