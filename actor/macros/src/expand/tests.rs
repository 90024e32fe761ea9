//! What the compiler could not tell from outside: what is carried along, and what is left out.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, File, ImplItem, Item, TraitItem, parse2};

use super::*;

fn written(block: TokenStream) -> File {
    parse2(actor(quote!(), block)).expect("what is written is Rust")
}

fn names(attributes: &[Attribute]) -> Vec<String> {
    attributes
        .iter()
        .map(|attribute| quote!(#attribute).to_string())
        .collect()
}

fn documented() -> File {
    written(quote! {
        impl Counter {
            /// Adds.
            ///
            /// At once.
            #[message(idempotent)]
            #[inline]
            #[cfg(unix)]
            #[deprecated]
            async fn add(&mut self, n: u64) {}

            #[message]
            async fn get(&mut self) -> u64 { 0 }
        }
    })
}

#[test]
fn documentation_is_carried_to_variant_and_call() {
    let file = documented();
    let docs = [
        r#"# [doc = r" Adds."]"#,
        r#"# [doc = r""]"#,
        r#"# [doc = r" At once."]"#,
    ];
    let cfg = "# [cfg (unix)]";
    let mut seen = 0;
    for item in &file.items {
        match item {
            Item::Enum(messages) => {
                let (add, get) = (&messages.variants[0], &messages.variants[1]);
                assert_eq!(names(&add.attrs), [&docs[..], &[cfg]].concat());
                assert_eq!(
                    names(&get.attrs),
                    [r#"# [doc = "Handled by `Counter::get`."]"#]
                );
                seen += 1;
            }
            Item::Trait(calls) => {
                let TraitItem::Fn(add) = &calls.items[0] else {
                    panic!("not a method")
                };
                let expected = [&docs[..], &[cfg, "# [deprecated]"]].concat();
                assert_eq!(names(&add.attrs), expected);
                seen += 1;
            }
            _ => {}
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn own_attributes_are_taken_out_and_others_stay() {
    let file = documented();
    let Item::Impl(block) = &file.items[0] else {
        panic!("the block comes first")
    };
    let ImplItem::Fn(add) = &block.items[0] else {
        panic!("not a method")
    };
    let names = names(&add.attrs);
    assert!(names.contains(&"# [inline]".to_owned()), "{names:?}");
    assert!(
        !names.iter().any(|name| name.contains("idempotent")),
        "{names:?}"
    );
}

#[test]
fn wrong_method_is_left_out_alone() {
    let file = written(quote! {
        impl Counter {
            #[message]
            async fn greet(&mut self, name: &str) {}

            #[message]
            async fn get(&mut self) -> u64 { 0 }
        }
    });
    let messages = file.items.iter().find_map(|item| match item {
        Item::Enum(messages) => Some(messages),
        _ => None,
    });
    let variants: Vec<_> = messages
        .unwrap()
        .variants
        .iter()
        .map(|v| v.ident.to_string())
        .collect();
    assert_eq!(variants, ["Get"]);
    assert_eq!(
        file.items
            .iter()
            .filter(|item| matches!(item, Item::Macro(_)))
            .count(),
        1
    );
}

#[test]
fn every_error_is_reported() {
    let block = quote! {
        impl Counter {
            #[message]
            async fn greet(&mut self, name: &str, title: &str) {}

            #[message]
            async fn stop(self) {}
        }
    };
    let text = actor(quote!(public), block).to_string();
    assert_eq!(text.matches("compile_error").count(), 5, "{text}");
}
