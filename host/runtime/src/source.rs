//! Where the runtime gets a component's bytes from when it has to compile it again.

use std::io;

use crate::Digest;

/// The store of uploaded components, as far as the runtime needs it. Any
/// `Fn(&Digest) -> io::Result<Option<Vec<u8>>>` is one.
pub trait ComponentSource: Send + Sync + 'static {
    /// The bytes of a component, or nothing where it is not known. Called on a thread
    /// where blocking is fine.
    ///
    /// # Errors
    /// When the bytes are there and cannot be read.
    fn read(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>>;
}

impl<F> ComponentSource for F
where
    F: Fn(&Digest) -> io::Result<Option<Vec<u8>>> + Send + Sync + 'static,
{
    fn read(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        self(digest)
    }
}
