//! The bytes of a file that was deployed, as they came: in whatever encoding, so that what one gets back is what one
//! sent. What they mean is found by the readers of models.

use std::ops::Deref;
use std::sync::Arc;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that many share. They are written and read in one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileBytes(Arc<[u8]>);

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for FileBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for FileBytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&str> for FileBytes {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<String> for FileBytes {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl Serialize for FileBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for FileBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = FileBytes;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the bytes of a file")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<FileBytes, E> {
        Ok(bytes.into())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<FileBytes, E> {
        Ok(bytes.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<FileBytes, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = sequence.next_element::<u8>()? {
            bytes.push(byte);
        }
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_come_back_as_they_were() {
        let bytes = FileBytes::from(vec![0xFF, 0xFE, b'<', 0]);
        let written = postcard::to_allocvec(&bytes).unwrap();
        assert_eq!(written, [4, 0xFF, 0xFE, b'<', 0]);
        assert_eq!(postcard::from_bytes::<FileBytes>(&written).unwrap(), bytes);
        let as_list: FileBytes = serde_json::from_str("[255,254,60,0]").unwrap();
        assert_eq!(as_list, bytes);
    }
}
