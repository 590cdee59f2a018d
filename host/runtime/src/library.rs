//! Components that are ready to run: found in memory, mapped from the cache, or compiled
//! from their bytes, whichever is nearest.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cache::Cache;
use crate::compiler::Compiler;
use crate::engine::Machines;
use crate::helper::Purpose;
use crate::limiter::SharedMemory;
use crate::loaded::{Code, Loaded};
use crate::outline::Outline;
use crate::registry::Registry;
use crate::threads::Threads;
use crate::{ComponentSource, Digest, Error, Limits, Refusal};

/// The components of a runtime.
pub struct Library {
    /// What has been made ready.
    pub registry: Registry<Loaded>,
    /// The engines.
    pub machines: Arc<Machines>,
    /// Compiled components on disk.
    pub cache: Arc<Cache>,
    /// Makes them.
    pub compiler: Compiler,
    /// Uploaded components.
    pub source: Arc<dyn ComponentSource>,
    /// Bounds of an upload.
    pub limits: Arc<Limits>,
    /// Where reading and checking happens.
    pub threads: Arc<Threads>,
}

impl Library {
    /// A component that is ready to run.
    ///
    /// # Errors
    /// When its bytes cannot be had, or are refused.
    pub async fn get(&self, digest: &Digest) -> Result<Arc<Loaded>, Error> {
        if let Some(loaded) = self.registry.get(digest) {
            return Ok(loaded);
        }
        let load = async || {
            let wasm = self.read(digest).await?;
            self.load(digest, wasm, Purpose::Run)
                .await
                .map_err(|refusal| stored(digest, refusal))
        };
        self.registry.get_or_load(digest, load).await
    }

    /// Takes in an upload.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn add(&self, wasm: Arc<[u8]>) -> Result<(Digest, Arc<Loaded>), Refusal> {
        let hashed = Arc::clone(&wasm);
        let digest = self.block(move || Digest::of(&hashed)).await?;
        let load = async || self.load(&digest, wasm, Purpose::Upload).await;
        let loaded = self.registry.get_or_load(&digest, load).await?;
        Ok((digest, loaded))
    }

    /// Drops whatever is kept of a component.
    pub fn forget(&self, digest: &Digest) {
        self.registry.remove(digest);
        self.cache.remove(digest);
    }

    /// The bytes of a stored component, checked against their digest.
    async fn read(&self, digest: &Digest) -> Result<Arc<[u8]>, Error> {
        let (source, expected) = (Arc::clone(&self.source), *digest);
        let read = move || match source.read(&expected) {
            Ok(Some(wasm)) => match Digest::of(&wasm) {
                found if found == expected => Ok(wasm.into()),
                found => Err(Error::DigestMismatch { expected, found }),
            },
            Ok(None) => Err(Error::UnknownComponent(expected)),
            Err(source) => Err(Error::Source {
                digest: expected,
                source,
            }),
        };
        self.threads
            .block(read)
            .await
            .unwrap_or_else(|_| Err(Error::Engine("reading a component was interrupted".into())))
    }

    async fn load(
        &self,
        digest: &Digest,
        wasm: Arc<[u8]>,
        purpose: Purpose,
    ) -> Result<Loaded, Refusal> {
        let (outline, cached) = self.look(digest, &wasm).await?;
        match cached {
            Some(path) => self.link(OwnedCode::File(path), outline).await,
            None => {
                let code = self.compile(digest, wasm, purpose).await?;
                let loaded = self.link(code, outline).await;
                if loaded.is_err() {
                    self.cache.remove(digest);
                }
                loaded
            }
        }
    }

    /// What the component's outside shows, and its compiled form if the cache has it.
    async fn look(
        &self,
        digest: &Digest,
        wasm: &Arc<[u8]>,
    ) -> Result<(Outline, Option<PathBuf>), Refusal> {
        let (cache, limits) = (Arc::clone(&self.cache), Arc::clone(&self.limits));
        let (digest, wasm) = (*digest, Arc::clone(wasm));
        self.block(move || {
            let outline = Outline::read(&wasm, &limits)?;
            Ok((outline, cache.find(&digest)))
        })
        .await?
    }

    async fn compile(
        &self,
        digest: &Digest,
        wasm: Arc<[u8]>,
        purpose: Purpose,
    ) -> Result<OwnedCode, Refusal> {
        let code = self.compiler.compile(purpose, wasm).await?;
        let (cache, digest) = (Arc::clone(&self.cache), *digest);
        self.block(move || match cache.store(&digest, &code) {
            Ok(path) => OwnedCode::File(path),
            Err(error) => {
                // A full disk must not stop what can run from memory.
                tracing::warn!(%digest, "{error}");
                OwnedCode::Bytes(code)
            }
        })
        .await
    }

    async fn link(&self, code: OwnedCode, outline: Outline) -> Result<Loaded, Refusal> {
        let machines = Arc::clone(&self.machines);
        let memory = SharedMemory::new(self.limits.total_memory_bytes / 2);
        self.block(move || {
            let code = match &code {
                OwnedCode::File(path) => Code::File(path),
                OwnedCode::Bytes(bytes) => Code::Bytes(bytes),
            };
            Loaded::link(&machines, &code, outline, memory)
        })
        .await?
    }

    async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let interrupted = |error| Refusal::Runtime(format!("its thread ended: {error}"));
        self.threads.block(work).await.map_err(interrupted)
    }
}

/// What it means that a component cannot be made ready that was taken in before.
fn stored(digest: &Digest, refusal: Refusal) -> Error {
    let digest = *digest;
    match refusal.is_passing() {
        true => Error::Passing {
            digest,
            found: refusal.to_string(),
        },
        false => Error::Refused {
            digest,
            refusal: Box::new(refusal),
        },
    }
}

enum OwnedCode {
    File(PathBuf),
    Bytes(Vec<u8>),
}
