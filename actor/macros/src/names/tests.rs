//! The list of reserved names against the sources of what it is about.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use quote::quote;
use syn::{ImplItem, Item, TraitItem, Type, Visibility};

use super::*;
use crate::expand;

/// Every Rust file of the crate `greenroom`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources of greenroom stand beside this crate") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_named(kind: &Type, name: &str) -> bool {
    match kind {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == name),
        _ => false,
    }
}

/// The methods that a call on a reference can mean without the trait of call methods.
fn methods_of_references(file: &syn::File) -> Vec<String> {
    let mut names = Vec::new();
    for item in &file.items {
        match item {
            Item::Impl(block)
                if block.trait_.is_none()
                    && ["ActorRef", "Guarded"]
                        .iter()
                        .any(|it| is_named(&block.self_ty, it)) =>
            {
                names.extend(block.items.iter().filter_map(|item| match item {
                    ImplItem::Fn(method) if matches!(method.vis, Visibility::Public(_)) => {
                        Some(method.sig.ident.to_string())
                    }
                    _ => None,
                }));
            }
            Item::Trait(port) if port.ident == "Target" => {
                names.extend(port.items.iter().filter_map(|item| match item {
                    TraitItem::Fn(method) => Some(method.sig.ident.to_string()),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    names
}

#[test]
fn every_method_of_a_reference_is_reserved() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../src"),
        &mut files,
    );
    let mut names = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let parsed = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        names.extend(methods_of_references(&parsed));
    }
    for known in ["tell", "blocking_ask", "sink", "ask_each", "call_ask"] {
        assert!(
            names.iter().any(|name| name == known),
            "`{known}` was not found in the sources"
        );
    }
    names.retain(|name| !RESERVED.contains(&name.as_str()));
    assert!(names.is_empty(), "add to RESERVED: {names:?}");
}

#[test]
fn reserved_names_are_refused() {
    for name in RESERVED {
        let method = Ident::new(name, Span::call_site());
        let block = quote!(impl Counter { #[message] async fn #method(&mut self) {} });
        let written = expand::actor(quote!(), block).to_string();
        assert!(written.contains("has a method"), "`{name}` was taken");
    }
}

#[test]
fn list_of_reserved_names_has_no_twins() {
    let mut names = RESERVED.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RESERVED.len());
}

#[test]
fn variants_are_named_after_methods() {
    let named =
        |method: &str| variant(&syn::parse_str(method).unwrap()).map(|name| name.to_string());
    assert_eq!(named("get").unwrap(), "Get");
    assert_eq!(named("get_all_2").unwrap(), "GetAll2");
    assert_eq!(named("r#move").unwrap(), "Move");
    assert_eq!(named("_hidden").unwrap(), "Hidden");
    assert_eq!(named("élan").unwrap(), "Élan");
    for nameless in ["self_", "_1", "__"] {
        assert!(named(nameless).is_err(), "{nameless}");
    }
}
