//! What the whole-system tests share: a server process, a client, waiting.
