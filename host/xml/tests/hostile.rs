//! Texts that are no XML, and files made to hurt: each is refused with its reason and place, or read, in time that
//! grows with its size.

use std::time::{Duration, Instant};

use gardesh_xml::{Diagnostic, Severity, limits, read};

/// Far above what any of these takes when it is linear, far below what it takes when it is quadratic.
const PATIENCE: Duration = Duration::from_secs(20);

/// Counts the elements of a file, or says why it cannot.
fn elements(xml: &str) -> Result<usize, Vec<Diagnostic>> {
    let (count, found) = read(xml, |root, _| {
        Some(root.descendants().filter(|node| node.is_element()).count())
    });
    count.ok_or(found)
}

/// The file is refused with this code alone, in time.
fn refused(name: &str, xml: &str, code: &str) {
    let start = Instant::now();
    let found = elements(xml).expect_err(name);
    let codes: Vec<_> = found.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [code], "{name}: {:?}", found.first());
    assert!(
        start.elapsed() < PATIENCE,
        "{name} took {:?}",
        start.elapsed()
    );
    assert!(
        found[0].message.len() < 1000,
        "{name}: a message of {} bytes",
        found[0].message.len()
    );
}

#[test]
fn text_that_is_not_xml_is_refused_where_it_goes_wrong() {
    for (xml, line, column, part) in [
        ("", 1, 1, "no complete element"),
        ("hello", 1, 1, ""),
        (
            "<a>\n <b>\n",
            3,
            1,
            "Expected </b> for the element opened in line 2",
        ),
        ("<a>\n <b></c></a>", 2, 5, "Expected </b>, but found </c>"),
        ("<a>&nope;</a>", 1, 4, "&nope;"),
        ("<a>\n<x:b/></a>", 2, 2, "\"x\" is not declared"),
        ("<a b='1' b='2'/>", 1, 10, "\"b\" once"),
        ("<a b='<'/>", 1, 7, "&lt;"),
        ("<a>\u{1}</a>", 1, 4, ""),
    ] {
        let found = elements(xml).expect_err(xml);
        let [diagnostic] = found.as_slice() else {
            panic!("one diagnostic for {xml}: {found:?}")
        };
        assert_eq!(
            (diagnostic.code, diagnostic.line, diagnostic.column),
            ("not-well-formed", line, column),
            "{xml}: {diagnostic}"
        );
        assert!(diagnostic.is_error(), "{xml}: {diagnostic}");
        assert!(diagnostic.message.contains(part), "{xml}: {diagnostic}");
        assert!(
            diagnostic.message.starts_with("Expected "),
            "{xml}: {diagnostic}"
        );
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_file() {
    assert_eq!(elements("\u{feff}<a/>"), Ok(1));
}

#[test]
fn entities_do_not_expand() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><definitions>&c;</definitions>"#;
    refused("billion laughs", bomb, "dtd-not-allowed");
    let outside = r#"<!DOCTYPE x SYSTEM "file:///etc/passwd"><definitions/>"#;
    refused("external entity", outside, "dtd-not-allowed");
}

#[test]
fn sizes_are_bounded() {
    let spaces = " ".repeat(limits::MAX_DOCUMENT_BYTES + 1);
    refused("more than 10 MB", &spaces, "document-too-large");
    let nodes = format!("<a>{}</a>", "<a/>".repeat(2_000_000));
    refused("2 million nodes", &nodes, "too-many-nodes");
    let name = format!("<{}/>", "n".repeat(limits::MAX_TAG_BYTES + 1));
    refused("a long name", &name, "name-too-long");
}

#[test]
fn nesting_is_bounded() {
    let open = "<subProcess>".repeat(800_000);
    refused("10 MB of opened elements", &open, "xml-too-deep");
    let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    refused("closed", &nested(limits::MAX_XML_DEPTH + 1), "xml-too-deep");
    assert_eq!(
        elements(&nested(limits::MAX_XML_DEPTH)),
        Ok(limits::MAX_XML_DEPTH)
    );
}

#[test]
fn attributes_and_namespaces_are_bounded() {
    let attributes: String = (0..500_000).map(|i| format!(" a{i}=''")).collect();
    let xml = format!("<a{attributes}/>");
    refused("500,000 attributes", &xml, "too-many-attributes");
    let namespaces: String = (0..100).map(|i| format!(" xmlns:n{i}='urn:{i}'")).collect();
    let nested = format!("<a{namespaces}><b{namespaces}><c{namespaces}/></b></a>");
    refused("300 namespaces in scope", &nested, "too-many-namespaces");
}

#[test]
fn text_that_looks_like_markup_does_not_mislead_the_bounds() {
    let comment = format!("<!-- {} -->", "<a ".repeat(1000));
    let data = format!("<b><![CDATA[{}]]></b>", "<a><!DOCTYPE ".repeat(1000));
    let value = format!(r#"<c name="{}"/>"#, "> &lt;a> xmlns ' ".repeat(1000));
    let instruction = format!("<?note {} ?>", "<a>".repeat(1000));
    let xml = format!("<a>{comment}{data}{value}{instruction}</a>");
    assert_eq!(elements(&xml), Ok(3));
}

#[test]
fn diagnostics_are_bounded_sorted_and_named_after_what_has_an_id() {
    let children = "<b/>\n".repeat(limits::MAX_DIAGNOSTICS + 5);
    let xml = format!("<a id='a'>\n{children}</a>");
    let (made, found) = read(&xml, |root, report| {
        for node in root.children().filter(|node| node.is_element()) {
            report.warning(node, "some-rule", "Expected nothing, but this is here.");
        }
        report.error(
            report.at_node(root, root),
            "late",
            "Expected less, but here is more.",
        );
        Some(())
    });
    assert_eq!(made, Some(()));
    assert_eq!(found.len(), limits::MAX_DIAGNOSTICS + 1);
    let (first, last) = (&found[0], &found[limits::MAX_DIAGNOSTICS]);
    assert_eq!((first.line, first.element_id.as_deref()), (2, Some("a")));
    assert!(found.is_sorted_by_key(|diagnostic| diagnostic.line));
    // What is left out counts: a file must not pass because its one error came late.
    assert_eq!(
        (last.code, last.severity),
        ("too-many-diagnostics", Severity::Error)
    );
}
