//! Thrift's compact protocol, as far as Parquet footers and page headers need it.
//!
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>
//!
//! Nothing is allocated, every count is compared with the bytes that are left, and the depth is limited.
//! `None` means that the bytes are not a structure of this protocol.

use tilecore::varint;

/// Deepest nesting of structures that are skipped.
const MAX_DEPTH: u8 = 32;

/// The types of fields.
pub(super) mod kind {
    pub(in super::super) const TRUE: u8 = 1;
    pub(in super::super) const FALSE: u8 = 2;
    pub(in super::super) const BYTE: u8 = 3;
    pub(in super::super) const I16: u8 = 4;
    pub(in super::super) const I32: u8 = 5;
    pub(in super::super) const I64: u8 = 6;
    pub(in super::super) const DOUBLE: u8 = 7;
    pub(in super::super) const BINARY: u8 = 8;
    pub(in super::super) const LIST: u8 = 9;
    pub(in super::super) const SET: u8 = 10;
    pub(in super::super) const MAP: u8 = 11;
    pub(in super::super) const STRUCT: u8 = 12;
}

/// Walks through the bytes of a structure.
pub(super) struct ThriftReader<'a> {
    bytes: &'a [u8],
}

/// A field of a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) id: i64,
    pub(super) kind: u8,
}

/// A field of a structure, or its end.
pub(super) enum NextField {
    Field(Field),
    End,
}

impl<'a> ThriftReader<'a> {
    pub(in super::super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Number of bytes that are left.
    pub(in super::super) const fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(first)
    }

    fn take(&mut self, length: u64) -> Option<()> {
        self.bytes = self.bytes.get(usize::try_from(length).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        varint::take(&mut self.bytes)
    }

    /// An integer of any width.
    pub(super) fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// The next field of a structure. `last` is the id of the previous field.
    pub(super) fn field(&mut self, last: i64) -> Option<NextField> {
        let head = self.byte()?;
        if head == 0 {
            return Some(NextField::End);
        }
        let id = match head >> 4 {
            0 => self.integer()?,
            delta => last.checked_add(i64::from(delta))?,
        };
        Some(NextField::Field(Field { id, kind: head & 0xf }))
    }

    /// Calls `on_field` with each field of a structure. It returns whether it has read the field's value.
    pub(super) fn structure(
        &mut self,
        mut on_field: impl FnMut(&mut Self, Field) -> Option<bool>,
    ) -> Option<()> {
        let mut last = 0;
        while let NextField::Field(field) = self.field(last)? {
            last = field.id;
            if !on_field(self, field)? {
                self.skip(field.kind, MAX_DEPTH)?;
            }
        }
        Some(())
    }

    /// The number and type of the elements of a list. Each element takes at least one byte.
    pub(super) fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        (count <= self.remaining() as u64).then_some((count, head & 0xf))
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
        let deeper = depth.checked_sub(1)?;
        match kind {
            kind::TRUE | kind::FALSE => Some(()),
            kind::BYTE => self.take(1),
            kind::I16 | kind::I32 | kind::I64 => self.varint().map(drop),
            kind::DOUBLE => self.take(8),
            kind::BINARY => {
                let length = self.varint()?;
                self.take(length)
            }
            kind::LIST | kind::SET => {
                let (count, of) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(of, deeper))
            }
            kind::MAP => {
                let count = self.varint()?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                if count > self.remaining() as u64 {
                    return None;
                }
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, deeper)?;
                    self.skip_element(kinds & 0xf, deeper)
                })
            }
            kind::STRUCT => {
                let mut last = 0;
                while let NextField::Field(field) = self.field(last)? {
                    last = field.id;
                    self.skip(field.kind, deeper)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Skips an element of a list or map. There a Boolean takes a byte.
    fn skip_element(&mut self, kind: u8, depth: u8) -> Option<()> {
        match kind {
            kind::TRUE | kind::FALSE => self.take(1),
            kind => self.skip(kind, depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The integers of fields 1 and 2.
    fn integers(bytes: &[u8]) -> Option<[i64; 2]> {
        let mut found = [0; 2];
        let mut reader = ThriftReader::new(bytes);
        reader.structure(|reader, field| {
            if !matches!(field, Field { id: 1..=2, kind: kind::I64 }) {
                return Some(false);
            }
            found[field.id as usize - 1] = reader.integer()?;
            Some(true)
        })?;
        Some(found)
    }

    #[test]
    fn integers_are_found_among_fields_that_are_skipped() {
        // 1: 3, 2: -2, 3: "ab", 4: [true, false], 5: {1: 7.0}, 20: {"k": 1}
        let mut bytes = vec![0x16, 6, 0x16, 3, 0x18, 2, b'a', b'b', 0x19, 0x21, 1, 2];
        bytes.extend([
            0x1c, 0x17, 0, 0, 0, 0, 0, 0, 0x1c, 0x40, 0, 0x0b, 40, 1, 0x86, 1, b'k', 2, 0,
        ]);
        assert_eq!(integers(&bytes), Some([3, -2]));
        for end in 0..bytes.len() {
            assert_eq!(integers(&bytes[..end]), None, "cut after {end} bytes");
        }
    }

    #[test]
    fn counts_beyond_the_bytes_and_deep_nesting_are_refused() {
        let lists = |depth: usize| [vec![0x19], vec![0x19; depth], vec![0x16, 2, 0]].concat();
        assert_eq!(integers(&lists(3)), Some([0, 0]));
        for (name, bytes) in [
            (
                "a text of 2^60 bytes",
                vec![0x18, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10, 0],
            ),
            ("a list of 2^31 numbers", vec![0x19, 0xf6, 0x80, 0x80, 0x80, 0x80, 0x08, 0]),
            ("100,000 nested lists", lists(100_000)),
            ("100,000 nested structures", vec![0x1c; 100_000]),
            ("an unknown type", vec![0x1f, 0]),
            (
                "a number without an end",
                vec![0x16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            ),
        ] {
            assert_eq!(integers(&bytes), None, "{name}");
        }
    }
}
