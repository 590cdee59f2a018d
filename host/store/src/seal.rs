//! Checksums of what is stored. redb verifies its own only when it looks through a whole file,
//! so what is read in between carries one: damage of a disk is an error and never a wrong answer.

/// Bytes of a checksum. CRC-32C finds what a disk does to bytes, at the speed of memory; it is
/// no defence against people, who could change the file as a whole.
const CHECKSUM: usize = 4;

/// The checksum of bytes that are kept under a key, little-endian.
fn checksum(key: &[u8], bytes: &[u8]) -> [u8; CHECKSUM] {
    crc32c::crc32c_append(crc32c::crc32c(key), bytes).to_le_bytes()
}

/// Appends the checksum of what is in a buffer.
pub(crate) fn seal(key: &[u8], buffer: &mut Vec<u8>) {
    let checksum = checksum(key, buffer);
    buffer.extend_from_slice(&checksum);
}

/// What was sealed under a key, none when either is not as it was.
pub(crate) fn open<'b>(key: &[u8], sealed: &'b [u8]) -> Option<&'b [u8]> {
    let (bytes, found) = sealed.split_last_chunk::<CHECKSUM>()?;
    (checksum(key, bytes) == *found).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_found() {
        for length in [0, 1, 7, 300] {
            let bytes: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let mut sealed = bytes.clone();
            seal(b"key", &mut sealed);
            assert_eq!(open(b"key", &sealed), Some(&*bytes));
            assert_eq!(open(b"kez", &sealed), None);
            for bit in 0..sealed.len() * 8 {
                let mut damaged = sealed.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(open(b"key", &damaged), None, "bit {bit} of {length} bytes");
            }
            for shorter in 0..sealed.len() {
                assert_eq!(open(b"key", &sealed[..shorter]), None);
            }
        }
    }
}
