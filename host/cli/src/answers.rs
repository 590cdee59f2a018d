//! What an answer means that is none of success, and what it means that none came: in the
//! reader's words, with what to do about it. It knows how the server says no (RFC 9457
//! problems), and what proxies and foreign servers say in its place.

use std::error::Error as _;
use std::io;

use serde_json::Value;

use crate::failure::{Failure, exit};
use crate::limits::{CONNECT_TIMEOUT, MAX_QUOTED_CHARS};

/// What to do where nothing else is known.
const START_OR_NAME: &str =
    "Start one with `gardesh serve --data DIR`, or name another with --server or GARDESH_SERVER";

/// An answer other than success.
pub struct Refused<'a> {
    /// The status.
    pub status: u16,
    /// Whether the body is JSON by its type.
    pub is_json: bool,
    /// Its type as it came.
    pub media_type: &'a str,
    /// Where it sends to, if it does.
    pub location: &'a str,
    /// The body.
    pub body: &'a str,
}

/// What a status other than success means.
pub fn refused(base: &str, answer: &Refused<'_>) -> Failure {
    let problem: Option<Value> = match answer.is_json {
        true => serde_json::from_str(answer.body).ok(),
        false => None,
    };
    let Some(text) = problem.as_ref().and_then(problem_text) else {
        return foreign(base, answer);
    };
    let (exit, message) = match answer.status {
        401 => (
            exit::REFUSED,
            format!("{text} Give it with --token-file, --token or GARDESH_TOKEN"),
        ),
        503 => (exit::UNREACHABLE, text),
        400..500 | 504 => (exit::REFUSED, text),
        status => (
            exit::UNEXPECTED,
            format!("The server failed ({status}): {text}"),
        ),
    };
    Failure::Problem {
        exit,
        message,
        document: answer.body.to_owned(),
    }
}

/// The words of an RFC 9457 problem: its detail, or its title where there is none.
fn problem_text(problem: &Value) -> Option<String> {
    let text = |name: &str| {
        let text = problem.get(name)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    text("detail").or_else(|| text("title"))
}

/// An answer that does not look like Gardesh.
fn foreign(base: &str, answer: &Refused<'_>) -> Failure {
    let &Refused {
        status,
        media_type,
        location,
        body,
        ..
    } = answer;
    let quoted: String = crate::table::clean(body)
        .chars()
        .take(MAX_QUOTED_CHARS)
        .collect();
    let media_type = if media_type.is_empty() {
        "nothing"
    } else {
        media_type
    };
    let text = format!(
        "Expected an answer of a Gardesh server from {base}, but got status {status} with \
         {media_type}: {quoted}"
    );
    match status {
        401 | 407 => Failure::Refused(format!(
            "{text}. Give the server's API token with --token-file, --token or GARDESH_TOKEN; a \
             proxy that wants a password must be told to let this program through"
        )),
        301 | 302 | 303 | 307 | 308 => {
            let location = crate::table::clean(location);
            Failure::Unexpected(format!(
                "{text}. It sends to {location:?}: if that is the server, name it with --server"
            ))
        }
        400 if is_about_tls(body) => Failure::Unreachable(format!(
            "{text}. It speaks https: name it as {} with --server",
            base.replacen("http://", "https://", 1)
        )),
        502 | 504 => Failure::Unreachable(format!(
            "{text}. A proxy answers in the server's place and does not reach it: is the server \
             running?"
        )),
        503 => Failure::Unreachable(text),
        _ => Failure::Unexpected(format!("{text}. Is something else listening there?")),
    }
}

/// What servers say (nginx and Apache, Go) whose port is one for TLS.
fn is_about_tls(body: &str) -> bool {
    ["HTTPS port", "SSL-enabled", "HTTPS server"]
        .iter()
        .any(|words| body.contains(words))
}

/// What it means that no answer came.
pub fn unreachable(base: &str, error: &ureq::Error) -> Failure {
    let (because, hint) = match error {
        ureq::Error::BodyExceedsLimit(limit) => {
            return Failure::Unexpected(format!(
                "Expected an answer of at most {limit} bytes, but {base} sends more. \
                 Ask for less with --limit"
            ));
        }
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            let seconds = CONNECT_TIMEOUT.as_secs();
            let because = format!("no connection came about within {seconds} s");
            (because, START_OR_NAME)
        }
        ureq::Error::Timeout(_) => (
            "it did not answer in time".to_owned(),
            "It may be busy, or something else may be listening there; `gardesh health` tells",
        ),
        ureq::Error::HostNotFound => ("its name is not known".to_owned(), START_OR_NAME),
        ureq::Error::Protocol(_) => (
            "what came back is no HTTP".to_owned(),
            "If it speaks https, name it as https://… with --server",
        ),
        ureq::Error::Rustls(error) => about_tls(error),
        ureq::Error::Io(error) => about_io(error),
        other => (other.to_string(), START_OR_NAME),
    };
    Failure::Unreachable(format!(
        "Expected a Gardesh server at {base}, but {because}. {hint}"
    ))
}

fn about_io(error: &io::Error) -> (String, &'static str) {
    let inner = error.get_ref();
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return about_tls(error);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ("nothing listens there".to_owned(), START_OR_NAME),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => (
            "the connection was closed before an answer came".to_owned(),
            "The server may have been stopped just then, or something else listens there: try \
             again, and look whether it speaks https and not http, or the other way round",
        ),
        _ => (error.to_string(), START_OR_NAME),
    }
}

fn about_tls(error: &rustls::Error) -> (String, &'static str) {
    match error {
        rustls::Error::InvalidCertificate(reason) => (
            format!("its certificate is not trusted ({reason:?})"),
            "Add the authority that has signed it to those that this system trusts, or name the \
             server as its certificate does",
        ),
        // What is no TLS at all cannot be read as a message of it.
        rustls::Error::InvalidMessage(_) => (
            "it does not speak https".to_owned(),
            "If it speaks http, name it as http://… with --server",
        ),
        other => match other.source() {
            Some(source) => (format!("{other}: {source}"), START_OR_NAME),
            None => (other.to_string(), START_OR_NAME),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::client::Client;

    #[test]
    fn a_status_becomes_an_exit_code_and_the_reader_s_words() {
        let problem = r#"{"type":"/docs/errors#resource-not-found","title":"NOT_FOUND","status":404,
                          "detail":"Expected a case with key '7', but there is none."}"#;
        for (status, media_type, body, code, part) in [
            (
                404,
                "application/problem+json",
                problem,
                1,
                "Expected a case with key '7'",
            ),
            (
                400,
                "application/problem+json",
                r#"{"title":"Bad"}"#,
                1,
                "Bad",
            ),
            (
                401,
                "application/problem+json",
                r#"{"title":"No token."}"#,
                1,
                "GARDESH_TOKEN",
            ),
            (
                503,
                "application/problem+json",
                problem,
                3,
                "Expected a case",
            ),
            (
                504,
                "application/problem+json",
                problem,
                1,
                "Expected a case",
            ),
            (
                500,
                "application/problem+json",
                problem,
                4,
                "The server failed (500)",
            ),
            (
                200,
                "text/html",
                "<html>",
                4,
                "Is something else listening there?",
            ),
            (404, "text/html", "\x1b[2J", 4, "\u{fffd}[2J"),
            (400, "application/json", "[]", 4, "status 400"),
            (302, "", "", 4, "with nothing"),
            (302, "", "", 4, "It sends to \"https://y/\""),
            (
                400,
                "text/html",
                "<h1>400 The plain HTTP request was sent to HTTPS port</h1>",
                3,
                "name it as https://x",
            ),
            (502, "text/html", "<html>", 3, "is the server running?"),
            (504, "text/html", "<html>", 3, "is the server running?"),
            (407, "text/html", "<html>", 1, "proxy"),
        ] {
            let is_json = media_type.ends_with("json");
            let answer = Refused {
                status,
                is_json,
                media_type,
                location: "https://y/",
                body,
            };
            let failure = refused("http://x", &answer);
            assert_eq!(failure.exit_code(), code, "{status} {body}");
            assert!(failure.to_string().contains(part), "{failure}");
        }
    }

    #[test]
    fn nobody_there_is_its_own_exit_code() {
        // A port that was free a moment ago and that nothing listens on.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let client = Client::new(&format!("http://{address}"), None, None).unwrap();
        let error = client.get("/v1/health", &[]).unwrap_err();
        assert_eq!(error.exit_code(), 3, "{error}");
        assert!(
            error.to_string().contains("nothing listens there"),
            "{error}"
        );
    }

    /// Answers one connection with these bytes; the address and what the client says of it.
    fn answered_with(scheme: &str, answer: &'static [u8]) -> Failure {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 4_096];
            let read = stream.read(&mut asked).unwrap();
            stream.write_all(answer).unwrap();
            assert!(read > 0);
        });
        let client = Client::new(&format!("{scheme}://{address}"), None, None).unwrap();
        let failure = client.get("/v1/health", &[]).unwrap_err();
        server.join().unwrap();
        failure
    }

    #[test]
    fn another_language_is_told_by_its_name() {
        let refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        // An alert of TLS: the message was none of a handshake.
        let alert = b"\x15\x03\x01\x00\x02\x02\x46";
        for (scheme, answer, part) in [
            ("https", &refusal[..], "it does not speak https"),
            ("http", &alert[..], "If it speaks https"),
            ("http", &b"SSH-2.0-OpenSSH_9.2\r\n"[..], "no HTTP"),
            ("http", &b""[..], "closed before an answer came"),
        ] {
            let failure = answered_with(scheme, answer);
            assert_eq!(failure.exit_code(), exit::UNREACHABLE, "{failure}");
            assert!(failure.to_string().contains(part), "{scheme}: {failure}");
        }
    }
}
