//! What `#[gardesh::trigger]` writes.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, ItemFn, Result};

use crate::attributes::{Attributes, Kind, Subscription, optional};

/// Expands the attribute on one function.
pub fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function: ItemFn = syn::parse2(item)?;
    let attributes = Attributes::parse(Kind::Trigger, attribute)?;
    check(&function, &attributes)?;
    let (name, title, version) = (
        attributes.name()?,
        attributes.title()?,
        attributes.version(),
    );
    let configuration_schema = attributes.configuration_schema();
    let subscriptions = attributes.subscriptions.iter().map(subscription);
    let decide = &function.sig.ident;
    Ok(quote! {
        // The exports exist in wasm only; elsewhere the function is there to be tested.
        #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
        #function

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;

            impl ::gardesh::glue::TriggerGuest for Component {
                fn describe() -> ::gardesh::glue::TriggerDescription {
                    ::gardesh::glue::TriggerDescription {
                        name: #name.into(),
                        version: #version.into(),
                        title: #title.into(),
                        configuration_schema: #configuration_schema,
                        subscriptions: ::std::vec![#(#subscriptions),*],
                    }
                }

                fn on_event(
                    event: ::gardesh::glue::Event,
                    facts: ::gardesh::glue::Facts,
                ) -> ::std::vec::Vec<::gardesh::glue::Decision> {
                    ::gardesh::glue::on_event(&event, &facts, #decide)
                }
            }

            ::gardesh::bindings::trigger::export_trigger!(Component with_types_in ::gardesh::bindings::trigger);
        };
    })
}

fn check(function: &ItemFn, attributes: &Attributes) -> Result<()> {
    if attributes.subscriptions.is_empty() {
        return Err(Error::new(
            Span::call_site(),
            "Expected at least one on(\"…\"), but there is none. Hint: on(\"process-instance.completed\")",
        ));
    }
    if function.sig.inputs.len() != 2 {
        return Err(Error::new_spanned(
            &function.sig,
            "Expected fn(event: &Event, facts: &Facts) -> Decision, but the arguments are others",
        ));
    }
    Ok(())
}

fn subscription(subscription: &Subscription) -> TokenStream {
    let event_type = &subscription.event_type;
    let process_id = optional(subscription.process_id.as_ref());
    let element_id = optional(subscription.element_id.as_ref());
    quote! {
        ::gardesh::glue::Subscription {
            event_type: #event_type.into(),
            process_id: #process_id.map(|id: &str| id.into()),
            element_id: #element_id.map(|id: &str| id.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function() -> TokenStream {
        quote!(
            fn decide(event: &Event, facts: &Facts) -> Decision {
                decision()
            }
        )
    }

    #[test]
    fn subscriptions_carry_their_filters() {
        let attribute = quote!(
            name = "t",
            title = "T",
            on("process-instance.completed", process = "claim"),
            on("element.completed", process = "claim", element = "pay"),
        );
        let text = expand(attribute, function()).expect("expands").to_string();
        assert_eq!(text.matches("glue :: Subscription").count(), 2, "{text}");
        assert!(text.contains("\"pay\""));
    }

    #[test]
    fn mistakes_are_named() {
        let cases = [
            (quote!(name = "t", title = "T"), "at least one on"),
            (
                quote!(name = "t", title = "T", on("case.closed")),
                "process-instance.completed",
            ),
            (
                quote!(
                    name = "t",
                    title = "T",
                    on("element.completed", colour = "red")
                ),
                "Expected process",
            ),
        ];
        for (attribute, expected) in cases {
            let message = expand(attribute, function())
                .expect_err("refused")
                .to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
