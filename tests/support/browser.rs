//! A phone with JavaScript switched off: a headless Chromium driven over WebDriver. The
//! protocol is JSON over HTTP, and these few calls of it need no more than the client that
//! the tests have anyway (a WebDriver crate would bring sixty others).

use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::eventually;
use crate::http::Client;
use crate::server::free_port;

/// The key under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The keys that a reader without a pointer has, as WebDriver writes them.
pub mod key {
    /// On to the next control.
    pub const TAB: &str = "\u{e004}";
    /// Press what has the focus.
    pub const ENTER: &str = "\u{e007}";
    /// Choose what has the focus.
    pub const SPACE: &str = " ";
    /// The next choice of a group.
    pub const DOWN: &str = "\u{e015}";
}

/// A running browser; it ends with the value.
pub struct Phone {
    driver: Child,
    client: Client,
    session: String,
    _profile: TempDir,
}

/// An element of the page that is open.
#[derive(Clone, Debug)]
pub struct Element(String);

/// Where an element is, in CSS pixels from the top left corner of the page.
#[derive(Clone, Copy, Debug)]
pub struct Rect {
    /// The left edge.
    pub x: f64,
    /// The upper edge.
    pub y: f64,
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
}

impl Phone {
    /// Starts chromedriver and through it a Chromium that looks like a phone of the given
    /// size in CSS pixels, whose owner reads `language`.
    ///
    /// # Panics
    /// When there is no chromedriver, or it finds no Chromium.
    pub fn start(width: u32, height: u32, language: &str) -> Phone {
        let port = free_port();
        let driver = start_driver(port);
        let profile = tempfile::tempdir().expect("a profile folder");
        let client = Client::new(&format!("http://127.0.0.1:{port}"), None);
        let mut phone = Phone {
            driver,
            client,
            session: String::new(),
            _profile: profile,
        };
        eventually("chromedriver", || {
            phone
                .client
                .try_get("/status")
                .ok()
                .filter(|reply| reply.status == 200)
        });
        let capabilities = capabilities(width, height, language, phone._profile.path());
        let session = phone.client.post(
            "/session",
            &json!({"capabilities": {"alwaysMatch": capabilities}}),
        );
        let session = session.expect(200).json();
        phone.session = session["value"]["sessionId"]
            .as_str()
            .expect("a session id")
            .to_owned();
        phone
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.post("url", json!({"url": url}));
    }

    /// Loads the page again, sending again what was sent for it.
    pub fn reload(&self) {
        self.post("refresh", json!({}));
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        text(&self.get("url"))
    }

    /// The title of the page.
    pub fn title(&self) -> String {
        text(&self.get("title"))
    }

    /// All elements that match a CSS selector.
    pub fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.post(
            "elements",
            json!({"using": "css selector", "value": selector}),
        );
        let found = found.as_array().expect("a list of elements").iter();
        found
            .map(|element| Element(text(&element[ELEMENT])))
            .collect()
    }

    /// The first element that matches.
    #[track_caller]
    pub fn one(&self, selector: &str) -> Element {
        let first = self.all(selector).into_iter().next();
        first.unwrap_or_else(|| {
            panic!(
                "Expected '{selector}' on {}, but it is not there.",
                self.url()
            )
        })
    }

    /// The element that has the focus.
    pub fn focused(&self) -> Element {
        Element(text(&self.get("element/active")[ELEMENT]))
    }

    /// The text that an element shows.
    pub fn text(&self, element: &Element) -> String {
        text(&self.get(&format!("element/{}/text", element.0)))
    }

    /// An attribute of an element, or an empty text.
    pub fn attribute(&self, element: &Element, name: &str) -> String {
        self.get(&format!("element/{}/attribute/{name}", element.0))
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Where an element is.
    pub fn rect(&self, element: &Element) -> Rect {
        let rect = self.get(&format!("element/{}/rect", element.0));
        let number = |name: &str| rect[name].as_f64().expect("a number");
        Rect {
            x: number("x"),
            y: number("y"),
            width: number("width"),
            height: number("height"),
        }
    }

    /// Presses keys one after another, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let strokes = keys.chars().flat_map(|key| {
            [
                json!({"type": "keyDown", "value": key.to_string()}),
                json!({"type": "keyUp", "value": key.to_string()}),
            ]
        });
        let strokes: Vec<Value> = strokes.collect();
        self.post(
            "actions",
            json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}),
        );
    }

    /// The width and height of all that can be scrolled to, in CSS pixels.
    pub fn content_size(&self) -> (f64, f64) {
        let size = &self.dev_tools("Page.getLayoutMetrics", json!({}))["cssContentSize"];
        (
            size["width"].as_f64().expect("a width"),
            size["height"].as_f64().expect("a height"),
        )
    }

    /// Shows pages as in a dark or a light room.
    pub fn prefer_colours(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.dev_tools("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// The whole page as a PNG.
    pub fn picture(&self) -> Vec<u8> {
        let (width, height) = self.content_size();
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let picture = self.dev_tools(
            "Page.captureScreenshot",
            json!({"captureBeyondViewport": true, "clip": clip}),
        );
        STANDARD
            .decode(text(&picture["data"]))
            .expect("a picture in base64")
    }

    /// A command of the browser's own protocol, which chromedriver passes on.
    fn dev_tools(&self, command: &str, parameters: Value) -> Value {
        self.post(
            "goog/cdp/execute",
            json!({"cmd": command, "params": parameters}),
        )
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        self.client
            .get(&format!("/session/{}/{path}", self.session))
            .expect(200)
            .json()["value"]
            .take()
    }

    #[track_caller]
    fn post(&self, path: &str, body: Value) -> Value {
        self.client
            .post(&format!("/session/{}/{path}", self.session), &body)
            .expect(200)
            .json()["value"]
            .take()
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // Deleting the session ends the browser, which the driver's end alone would leave
        // running. An error means that it has ended already.
        self.client
            .send("DELETE", &format!("/session/{}", self.session), &[], None)
            .ok();
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

fn start_driver(port: u16) -> Child {
    let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    let mut command = Command::new(&program);
    command
        .arg(format!("--port={port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap_or_else(|e| {
        panic!(
            "Expected to run {}, but {e}. Install a browser with tests/install-browser.sh.",
            program.display()
        )
    })
}

fn capabilities(width: u32, height: u32, language: &str, profile: &Path) -> Value {
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    arguments.push(format!("--accept-lang={language}"));
    let metrics =
        json!({"width": width, "height": height, "pixelRatio": 2.0, "mobile": true, "touch": true});
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": {
                // 2 is "block", for every page.
                "profile.managed_default_content_settings.javascript": 2,
                "intl.accept_languages": language,
            },
            "mobileEmulation": {"deviceMetrics": metrics},
        },
    })
}

#[track_caller]
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => panic!("Expected text from the browser, but it is {other}."),
    }
}
