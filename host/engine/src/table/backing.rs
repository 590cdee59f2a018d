//! What the state needs of the store beneath it. The implementation over redb lives in
//! the store crate; the empty one here serves tests, replay and a fresh start.

/// Keys and rows, in key order.
pub type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// Rows as bytes, by table name and key.
///
/// Reads are infallible here: a disk that cannot be read is damage to shared state, which
/// stops the process (an implementation panics
/// with [`Damage`], and the driver ends it).
pub trait Backing: Send + Sync {
    /// The row under a key.
    fn get(&self, table: &'static str, key: &[u8]) -> Option<Vec<u8>>;
    /// Up to `limit` rows with `from <= key < to`, in key order.
    fn range(&self, table: &'static str, from: &[u8], to: &[u8], limit: usize) -> Rows;
}

/// What a backing panics with when it cannot read: the store is damaged, and no case is to
/// blame for it.
#[derive(Debug)]
pub struct Damage(pub String);

/// A store with nothing in it.
pub struct Empty;

impl Backing for Empty {
    fn get(&self, _: &'static str, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn range(&self, _: &'static str, _: &[u8], _: &[u8], _: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }
}
