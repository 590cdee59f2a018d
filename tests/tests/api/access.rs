//! Who may ask: the token, the server's names, other sites' pages.

use std::fs;

use gardesh_tests::{Options, Server};
use serde_json::json;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn the_token_opens_the_interface() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    fs::write(&file, TOKEN).expect("a token file");
    let options = Options {
        arguments: vec!["--api-token-file".into(), file.display().to_string()],
        token: Some(TOKEN.into()),
        ..Options::default()
    };
    let server = Server::start(&options);
    server.get("/v2/topology").expect(200);
    server
        .post("/v2/process-instances/search", &json!({}))
        .expect(200);

    let stranger = gardesh_tests::Client::new(&format!("http://{}", server.address()), None);
    stranger.get("/v1/health").expect(200);
    for path in [
        "/v2/topology",
        "/v1/components",
        "/v1/metrics",
        "/v2/nothing",
    ] {
        let reply = stranger.get(path);
        assert!(
            [401, 404].contains(&reply.status),
            "{path}: {}",
            reply.status
        );
    }
    let refused = stranger.get("/v2/topology").expect(401);
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    let wrong = stranger.get_with(
        "/v2/topology",
        &[("authorization", "Bearer 0123456789abcdef0123456789abcdeX")],
    );
    let wrong = wrong.expect(401).json();
    assert_eq!(wrong["title"], "UNAUTHENTICATED");
    assert_eq!(wrong["type"], "/docs/errors#unauthenticated");
}

#[test]
fn other_names_and_other_sites_are_turned_away() {
    let server = Server::start(&Options::default());
    server
        .get_with("/v2/topology", &[("host", "localhost")])
        .expect(200);
    server
        .get_with("/v2/topology", &[("host", "evil.example.com")])
        .expect(421);
    let search = |name: &str, value: &str| {
        let headers = [("content-type", "application/json"), (name, value)];
        server
            .send("POST", "/v2/jobs/search", &headers, Some(b"{}"))
            .expect("a reply")
            .status
    };
    assert_eq!(search("sec-fetch-site", "cross-site"), 403);
    assert_eq!(search("origin", "https://evil.example.com"), 403);
    assert_eq!(search("sec-fetch-site", "same-origin"), 200);
    assert_eq!(search("x-anything", "else"), 200);
}
