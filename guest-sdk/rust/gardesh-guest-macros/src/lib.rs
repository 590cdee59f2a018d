//! The attribute macros `#[gardesh::step]` and `#[gardesh::trigger]`. They check the
//! attribute and the function's shape, and write the component's exports; what happens
//! at run time is in `gardesh-guest`.

use proc_macro::TokenStream;

mod attributes;
mod limits;
mod step;
mod trigger;

/// Makes a step component of a function
/// `fn(input: I, job: &Job) -> Result<O, StepError>` (the job may be left out).
///
/// | argument | |
/// |---|---|
/// | `name = "…"` | the job type it serves; required |
/// | `title = "…"` | a short title for people; required |
/// | `version = "…"` | its version; the crate's when left out |
/// | `icon = "…"` | a name from the catalogue, or an SVG document |
/// | `config = Type` | the type whose JSON Schema describes the configuration |
/// | `capabilities = ["…"]` | what it wants beyond the host interface |
#[proc_macro_attribute]
pub fn step(attribute: TokenStream, item: TokenStream) -> TokenStream {
    step::expand(attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a trigger component of a function
/// `fn(event: &Event, facts: &Facts) -> Decision` (or `Ask`, or `Vec<Decision>`).
///
/// | argument | |
/// |---|---|
/// | `name = "…"`, `title = "…"` | required |
/// | `version = "…"` | its version; the crate's when left out |
/// | `config = Type` | the type whose JSON Schema describes the configuration |
/// | `on("type", process = "…", element = "…")` | an event that it wants; repeatable, the filters optional |
#[proc_macro_attribute]
pub fn trigger(attribute: TokenStream, item: TokenStream) -> TokenStream {
    trigger::expand(attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
