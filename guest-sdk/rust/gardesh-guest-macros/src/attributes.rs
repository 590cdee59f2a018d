//! Reading the arguments of both attributes, with errors at the place they are about.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Result, Token, Type, bracketed, parenthesized};

use crate::limits::MAX_NAME_BYTES;

/// `#[gardesh::step(…)]` or `#[gardesh::trigger(…)]`.
#[derive(Default)]
pub struct Attributes {
    pub name: Option<LitStr>,
    pub title: Option<LitStr>,
    pub version: Option<LitStr>,
    pub config: Option<Type>,
    pub icon: Option<LitStr>,
    pub capabilities: Vec<LitStr>,
    pub subscriptions: Vec<Subscription>,
}

/// `on("process-instance.completed", process = "…", element = "…")`.
pub struct Subscription {
    pub event_type: LitStr,
    pub process_id: Option<LitStr>,
    pub element_id: Option<LitStr>,
}

/// Which attribute is being read.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Step,
    Trigger,
}

const EVENT_TYPES: [&str; 3] = [
    "process-instance.completed",
    "process-instance.terminated",
    "element.completed",
];

impl Attributes {
    /// Reads the arguments that `kind` allows.
    pub fn parse(kind: Kind, tokens: TokenStream) -> Result<Self> {
        let mut this = Self::default();
        syn::meta::parser(|meta| this.argument(kind, &meta)).parse2(tokens)?;
        check_name(this.name()?)?;
        Ok(this)
    }

    fn argument(&mut self, kind: Kind, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let argument = meta
            .path
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        match (argument.as_str(), kind) {
            ("name", _) => self.name = Some(meta.value()?.parse()?),
            ("title", _) => self.title = Some(meta.value()?.parse()?),
            ("version", _) => self.version = Some(meta.value()?.parse()?),
            ("config", _) => self.config = Some(meta.value()?.parse()?),
            ("icon", Kind::Step) => self.icon = Some(meta.value()?.parse()?),
            ("capabilities", Kind::Step) => self.capabilities = string_list(meta)?,
            ("on", Kind::Trigger) => self.subscriptions.push(subscription(meta)?),
            (_, Kind::Step) => {
                return Err(
                    meta.error("Expected name, title, version, icon, config or capabilities")
                );
            }
            (_, Kind::Trigger) => {
                return Err(meta.error("Expected name, title, version, config or on(…)"));
            }
        }
        Ok(())
    }

    /// The required name.
    pub fn name(&self) -> Result<&LitStr> {
        required(self.name.as_ref(), "name")
    }

    /// The required title.
    pub fn title(&self) -> Result<&LitStr> {
        required(self.title.as_ref(), "title")
    }

    /// The version given, or the crate's.
    pub fn version(&self) -> TokenStream {
        match &self.version {
            Some(version) => quote!(#version),
            None => quote!(::core::env!("CARGO_PKG_VERSION")),
        }
    }

    /// The configuration's schema: an `Option<String>`.
    pub fn configuration_schema(&self) -> TokenStream {
        match &self.config {
            Some(config) => {
                quote!(::core::option::Option::Some(::gardesh::glue::input_schema::<#config>()))
            }
            None => quote!(::core::option::Option::None),
        }
    }
}

/// `Some("…")` or `None`, as tokens.
pub fn optional(text: Option<&LitStr>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

fn required<'a>(value: Option<&'a LitStr>, argument: &str) -> Result<&'a LitStr> {
    value.ok_or_else(|| {
        Error::new(
            Span::call_site(),
            format!("Expected {argument} = \"…\", but it is missing"),
        )
    })
}

fn check_name(name: &LitStr) -> Result<()> {
    let text = name.value();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if !text.is_empty() && text.len() <= MAX_NAME_BYTES && text.chars().all(allowed) {
        return Ok(());
    }
    Err(Error::new(
        name.span(),
        format!(
            "Expected 1 to {MAX_NAME_BYTES} lower-case letters, digits, `-`, `_` or `.`, but got \"{text}\""
        ),
    ))
}

fn string_list(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    let value = meta.value()?;
    let content;
    bracketed!(content in value);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?
        .into_iter()
        .collect())
}

fn subscription(meta: &ParseNestedMeta<'_>) -> Result<Subscription> {
    let content;
    parenthesized!(content in meta.input);
    let event_type: LitStr = content.parse()?;
    if !EVENT_TYPES.contains(&event_type.value().as_str()) {
        return Err(Error::new(
            event_type.span(),
            format!("Expected one of {}", EVENT_TYPES.join(", ")),
        ));
    }
    let mut this = Subscription {
        event_type,
        process_id: None,
        element_id: None,
    };
    if content.parse::<Option<Token![,]>>()?.is_some() {
        let filters = syn::meta::parser(|meta| {
            if meta.path.is_ident("process") {
                this.process_id = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("element") {
                this.element_id = Some(meta.value()?.parse()?);
            } else {
                return Err(meta.error("Expected process = \"…\" or element = \"…\""));
            }
            Ok(())
        });
        filters.parse2(content.parse()?)?;
    }
    Ok(this)
}
