//! What `#[gardesh::step]` writes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, FnArg, GenericArgument, ItemFn, PathArguments, Result, ReturnType, Type};

use crate::attributes::{Attributes, Kind, optional};

/// Expands the attribute on one function.
pub fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function: ItemFn = syn::parse2(item)?;
    let attributes = Attributes::parse(Kind::Step, attribute)?;
    let (input, takes_job) = arguments(&function)?;
    let output = output(&function)?;
    let (name, title, version) = (
        attributes.name()?,
        attributes.title()?,
        attributes.version(),
    );
    let (configuration_schema, icon) = (
        attributes.configuration_schema(),
        optional(attributes.icon.as_ref()),
    );
    let capabilities = &attributes.capabilities;
    let step = &function.sig.ident;
    let call = if takes_job {
        quote!(#step)
    } else {
        quote!(|input, _| #step(input))
    };
    Ok(quote! {
        // The exports exist in wasm only; elsewhere the function is there to be tested.
        #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
        #function

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;

            impl ::gardesh::glue::StepGuest for Component {
                fn describe() -> ::gardesh::glue::StepDescription {
                    ::gardesh::glue::describe::<#input, #output>(
                        [#name, #version, #title],
                        #configuration_schema,
                        #icon,
                        &[#(#capabilities),*],
                    )
                }

                fn run(job: ::gardesh::glue::Job) -> ::core::result::Result<::gardesh::glue::Output, ::gardesh::glue::Failure> {
                    ::gardesh::glue::run::<#input, #output>(&job, #call)
                }
            }

            ::gardesh::bindings::step::export_step!(Component with_types_in ::gardesh::bindings::step);
        };
    })
}

/// The input's type, and whether the function wants the job too.
fn arguments(function: &ItemFn) -> Result<(&Type, bool)> {
    let mut types = function.sig.inputs.iter().map(|argument| match argument {
        FnArg::Typed(typed) => Ok(&*typed.ty),
        FnArg::Receiver(receiver) => Err(Error::new_spanned(
            receiver,
            "Expected a function, but this is a method",
        )),
    });
    match (types.next(), types.next(), types.next()) {
        (Some(input), None, None) => Ok((input?, false)),
        (Some(input), Some(Ok(Type::Reference(_))), None) => Ok((input?, true)),
        _ => Err(Error::new_spanned(
            &function.sig,
            "Expected fn(input: I, job: &Job) -> Result<O, StepError>, but the arguments are others",
        )),
    }
}

/// `O` of `Result<O, …>`.
fn output(function: &ItemFn) -> Result<&Type> {
    if let ReturnType::Type(_, returned) = &function.sig.output
        && let Type::Path(path) = &**returned
        && let Some(last) = path.path.segments.last()
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(output)) = arguments.args.first()
    {
        return Ok(output);
    }
    Err(Error::new_spanned(
        &function.sig,
        "Expected the function to return Result<O, StepError>",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(attribute: TokenStream, item: TokenStream) -> String {
        expand(attribute, item).expect_err("refused").to_string()
    }

    #[test]
    fn a_step_with_and_without_the_job() {
        let attribute = || quote!(name = "a-step", title = "A step", capabilities = ["http"]);
        for item in [
            quote!(
                fn f(input: In) -> Result<Out, StepError> {
                    todo()
                }
            ),
            quote!(
                fn f(input: In, job: &Job) -> gardesh::Result<Out> {
                    todo()
                }
            ),
        ] {
            let text = expand(attribute(), item).expect("expands").to_string();
            assert!(text.contains("describe :: < In , Out >"), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let good = || {
            quote!(
                fn f(input: In) -> Result<Out, StepError> {
                    todo()
                }
            )
        };
        let cases = [
            (error(quote!(title = "x"), good()), "Expected name"),
            (
                error(quote!(name = "A b", title = "x"), good()),
                "lower-case",
            ),
            (
                error(quote!(name = "a", title = "x", colour = "red"), good()),
                "Expected name, title",
            ),
            (
                error(
                    quote!(name = "a", title = "x"),
                    quote!(
                        fn f() -> Result<O, E> {}
                    ),
                ),
                "the arguments are others",
            ),
            (
                error(
                    quote!(name = "a", title = "x"),
                    quote!(
                        fn f(i: I) {}
                    ),
                ),
                "return Result",
            ),
        ];
        for (message, expected) in cases {
            assert!(message.contains(expected), "{message}");
        }
    }
}
