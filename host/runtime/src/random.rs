//! Randomness that is the same whenever an attempt runs again. Not for cryptography.

use sha2::{Digest as _, Sha256};

/// A generator in counter mode: block `i` is SHA-256 of seed and `i`.
pub struct SeededRandom {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl SeededRandom {
    /// A generator whose seed is drawn from all `parts`; each is length-prefixed, so that
    /// ("ab", "c") and ("a", "bc") differ.
    pub fn new(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self {
            seed: hash.finalize().into(),
            counter: 0,
            block: [0; 32],
            used: 32,
        }
    }

    /// Fills `bytes` with the next bytes of the sequence.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.used == self.block.len() {
                self.next_block();
            }
            *byte = self.block[self.used];
            self.used += 1;
        }
    }

    /// The next eight bytes as a number.
    pub fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn next_block(&mut self) {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.counter.to_le_bytes());
        self.block = hash.finalize().into();
        self.counter = self.counter.wrapping_add(1);
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(parts: &[&[u8]], chunks: &[usize]) -> Vec<u8> {
        let mut random = SeededRandom::new(parts);
        let mut all = Vec::new();
        for &chunk in chunks {
            let mut bytes = vec![0; chunk];
            random.fill(&mut bytes);
            all.extend(bytes);
        }
        all
    }

    #[test]
    fn the_sequence_depends_on_the_seed_and_not_on_the_requests() {
        let once = bytes(&[b"seed"], &[100]);
        assert_eq!(once, bytes(&[b"seed"], &[1, 31, 33, 0, 35]));
        assert_ne!(once, bytes(&[b"other"], &[100]));
        assert_ne!(bytes(&[b"ab", b"c"], &[8]), bytes(&[b"a", b"bc"], &[8]));
    }

    #[test]
    fn bits_are_balanced() {
        let ones: u32 = bytes(&[b"balance"], &[100_000])
            .iter()
            .map(|byte| byte.count_ones())
            .sum();
        assert!((398_000..402_000).contains(&ones), "{ones} of 800000");
    }
}
