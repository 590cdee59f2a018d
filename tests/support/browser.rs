//! Starts chromedriver and says which capabilities a phone without JavaScript has. The
//! WebDriver client itself is the test's.

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::eventually;
use crate::http::Client;
use crate::server::free_port;

/// A running chromedriver with a profile folder of its own; both go with it.
pub struct Driver {
    process: Child,
    port: u16,
    profile: TempDir,
}

impl Driver {
    /// Starts chromedriver on a free port.
    ///
    /// # Panics
    /// When there is none; the message says how to get it.
    pub fn start() -> Driver {
        let port = free_port();
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let process = Command::new(&program)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| {
                panic!(
                    "Expected to run {}, but {e}. Install a browser with tests/install-browser.sh.",
                    program.display()
                )
            });
        let driver = Driver {
            process,
            port,
            profile: tempfile::tempdir().expect("a profile folder"),
        };
        let client = Client::new(&driver.url(), None);
        eventually("chromedriver", || {
            client
                .try_get("/status")
                .ok()
                .filter(|reply| reply.status == 200)
        });
        driver
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Capabilities of a headless Chromium that is a phone of the given size in CSS
    /// pixels, speaks the given language and runs no script of any page.
    pub fn phone(&self, width: u32, height: u32, language: &str) -> Value {
        let profile = self.profile.path().join(language);
        json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", format!("--accept-lang={language}"),
                    format!("--user-data-dir={}", profile.display()),
                ],
                "prefs": {
                    "profile.managed_default_content_settings.javascript": 2,
                    "intl.accept_languages": language,
                },
                "mobileEmulation": {
                    "deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0, "mobile": true, "touch": true},
                },
            },
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // An error means that it has ended already.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
