//! From byte offsets to lines and columns in constant time, whatever the shape of the file:
//! a 10 MB file on one line must not cost a scan of the line for each element.

/// Characters are counted up front at each multiple of this many bytes.
const STRIDE: usize = 1024;

/// Line and column lookup for one source text.
pub(crate) struct Positions<'x> {
    source: &'x str,
    /// Byte offset at which each line starts.
    lines: Vec<usize>,
    /// Number of characters that begin before byte `i * STRIDE`.
    checkpoints: Vec<u32>,
}

impl<'x> Positions<'x> {
    pub(crate) fn new(source: &'x str) -> Self {
        let bytes = source.as_bytes();
        let newlines = bytes
            .iter()
            .enumerate()
            .filter(|(_, b)| **b == b'\n')
            .map(|(i, _)| i + 1);
        let lines = std::iter::once(0).chain(newlines).collect();
        let mut checkpoints = Vec::with_capacity(bytes.len() / STRIDE + 1);
        let mut characters = 0;
        for chunk in bytes.chunks(STRIDE) {
            checkpoints.push(characters);
            characters += count_characters(chunk);
        }
        Self {
            source,
            lines,
            checkpoints,
        }
    }

    /// Line and column of a byte offset, both from 1; columns count characters.
    pub(crate) fn locate(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.source.len());
        let line = self.lines.partition_point(|&start| start <= offset);
        let start = self.lines[line - 1];
        let column = self.characters_before(offset) - self.characters_before(start) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), column)
    }

    /// Where the text ends.
    pub(crate) fn end(&self) -> (u32, u32) {
        self.locate(self.source.len())
    }

    fn characters_before(&self, offset: usize) -> u32 {
        let stride = offset / STRIDE;
        match self.checkpoints.get(stride) {
            Some(base) => base + count_characters(&self.source.as_bytes()[stride * STRIDE..offset]),
            // The text ends exactly on a stride: step back to the checkpoint before.
            None if stride > 0 => {
                let from = (stride - 1) * STRIDE;
                self.checkpoints[stride - 1]
                    + count_characters(&self.source.as_bytes()[from..offset])
            }
            None => 0,
        }
    }
}

/// Counts the bytes that begin a UTF-8 character.
fn count_characters(bytes: &[u8]) -> u32 {
    let count = bytes.iter().filter(|b| (**b & 0xC0) != 0x80).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_agree_with_a_plain_count() {
        let source = format!(
            "<a>\n  <é{}/>\r\n{}\n</a>",
            "x".repeat(3000),
            "پ".repeat(2000)
        );
        let positions = Positions::new(&source);
        let (mut line, mut column) = (1, 1);
        for (offset, c) in source.char_indices() {
            assert_eq!(positions.locate(offset), (line, column), "at byte {offset}");
            (line, column) = if c == '\n' {
                (line + 1, 1)
            } else {
                (line, column + 1)
            };
        }
        assert_eq!(positions.end(), (line, column));
    }

    #[test]
    fn the_end_of_a_text_of_whole_strides_is_found() {
        let source = "x".repeat(2 * STRIDE);
        assert_eq!(Positions::new(&source).end(), (1, 2049));
        assert_eq!(Positions::new("").end(), (1, 1));
    }
}
