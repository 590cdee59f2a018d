//! The server: driver, effects, HTTP API and web pages.
