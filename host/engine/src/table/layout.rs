//! Keys as bytes whose order is the order of the keys. Numbers are big-endian; a text is
//! followed by a zero byte, which no text in a key contains.

use std::hash::Hash;
use std::sync::Arc;

use crate::key::*;

/// A key of a table.
pub trait TableKey: Ord + Clone + Hash + Send + Sync {
    /// Appends the bytes.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads what [`Self::write`] wrote and moves past it. Bytes that are missing read as
    /// zero, so the empty slice is the first key.
    fn read(bytes: &mut &[u8]) -> Self;
    /// A key after all that occur.
    fn last() -> Self;
    /// The least key after this one.
    fn successor(&self) -> Option<Self>;

    /// The bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        self.write(&mut out);
        out
    }

    /// The key of some bytes.
    fn from_bytes(mut bytes: &[u8]) -> Self {
        Self::read(&mut bytes)
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl TableKey for $number {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn read(bytes: &mut &[u8]) -> Self {
                let mut raw = [0; size_of::<$number>()];
                let n = raw.len().min(bytes.len());
                raw[..n].copy_from_slice(&bytes[..n]);
                *bytes = &bytes[n..];
                Self::from_be_bytes(raw)
            }
            fn last() -> Self {
                Self::MAX
            }
            fn successor(&self) -> Option<Self> {
                self.checked_add(1)
            }
        }
    )+};
}
numbers!(u8, u32, u64);

macro_rules! wrapped {
    ($($name:ident($number:ty)),+) => {$(
        impl TableKey for $name {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }
            fn read(bytes: &mut &[u8]) -> Self {
                Self(<$number>::read(bytes))
            }
            fn last() -> Self {
                Self(<$number>::MAX)
            }
            fn successor(&self) -> Option<Self> {
                self.0.successor().map(Self)
            }
        }
    )+};
}
wrapped!(TenantId(u32));

macro_rules! wrapped_keys {
    ($($(#[$doc:meta])* $key:ident,)+) => {
        wrapped!($($key(u64)),+);
    };
}
crate::for_each_key!(wrapped_keys);

impl TableKey for Arc<str> {
    fn write(&self, out: &mut Vec<u8>) {
        // A zero byte inside would end the text early and let two keys meet.
        out.extend(self.bytes().map(|b| b.max(1)));
        out.push(0);
    }
    fn read(bytes: &mut &[u8]) -> Self {
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        let text = String::from_utf8_lossy(&bytes[..end]).into();
        *bytes = bytes.get(end + 1..).unwrap_or_default();
        text
    }
    fn last() -> Self {
        // The highest scalar value, more often than a name repeats it.
        "\u{10FFFF}\u{10FFFF}".into()
    }
    fn successor(&self) -> Option<Self> {
        Some(format!("{self}\u{1}").into())
    }
}

macro_rules! tuples {
    ($($name:ident $i:tt),+ ; $last:ident $l:tt) => {
        impl<$($name: TableKey,)+ $last: TableKey> TableKey for ($($name,)+ $last,) {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$i.write(out);)+
                self.$l.write(out);
            }
            fn read(bytes: &mut &[u8]) -> Self {
                ($($name::read(bytes),)+ $last::read(bytes),)
            }
            fn last() -> Self {
                ($($name::last(),)+ $last::last(),)
            }
            fn successor(&self) -> Option<Self> {
                let mut next = self.clone();
                next.$l = self.$l.successor()?;
                Some(next)
            }
        }
    };
}
tuples!(A 0; B 1);
tuples!(A 0, B 1; C 2);
tuples!(A 0, B 1, C 2; D 3);
tuples!(A 0, B 1, C 2, D 3; E 4);

/// The first parts of a key `K`: what belongs together has them in common.
pub trait KeyPrefix<K: TableKey>: TableKey {
    /// The least key that begins with it.
    fn first(&self) -> K {
        K::from_bytes(&self.to_bytes())
    }

    /// The least key after all that begin with it.
    fn end(&self) -> K {
        let next = self.successor();
        next.map_or_else(K::last, |next| K::from_bytes(&next.to_bytes()))
    }
}

impl<A: TableKey, B: TableKey> KeyPrefix<(A, B)> for A {}
impl<A: TableKey, B: TableKey, C: TableKey> KeyPrefix<(A, B, C)> for A {}
impl<A: TableKey, B: TableKey, C: TableKey> KeyPrefix<(A, B, C)> for (A, B) {}
impl<A: TableKey, B: TableKey, C: TableKey, D: TableKey> KeyPrefix<(A, B, C, D)> for (A, B) {}
impl<A: TableKey, B: TableKey, C: TableKey, D: TableKey> KeyPrefix<(A, B, C, D)> for (A, B, C) {}
impl<A: TableKey, B: TableKey, C: TableKey, D: TableKey, E: TableKey> KeyPrefix<(A, B, C, D, E)>
    for (A, B)
{
}
impl<A: TableKey, B: TableKey, C: TableKey, D: TableKey, E: TableKey> KeyPrefix<(A, B, C, D, E)>
    for (A, B, C)
{
}
impl<A: TableKey, B: TableKey, C: TableKey, D: TableKey, E: TableKey> KeyPrefix<(A, B, C, D, E)>
    for (A, B, C, D)
{
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_keep_the_order_of_keys(a: (u32, String, u64), b: (u32, String, u64)) {
            let key = |(n, s, k): (u32, String, u64)| (n, Arc::<str>::from(s.replace('\0', "")), k);
            let (a, b) = (key(a), key(b));
            prop_assert_eq!(a.cmp(&b), a.to_bytes().cmp(&b.to_bytes()));
            prop_assert_eq!(<(u32, Arc<str>, u64)>::from_bytes(&a.to_bytes()), a);
        }
    }
}
