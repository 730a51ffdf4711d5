//! Protocol-buffer varints: seven bits per byte, low bits first.

/// Appends `value`.
///
/// ```
/// use tilecore::varint;
///
/// let mut bytes = Vec::new();
/// varint::push(&mut bytes, 300);
/// assert_eq!((bytes.as_slice(), varint::len(300)), (&[0xac, 0x02][..], 2));
/// assert_eq!(varint::take(&mut bytes.as_slice()), Some(300));
/// assert_eq!(varint::take(&mut &bytes[..1]), None);
/// ```
#[inline]
pub fn push(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Length of the encoded `value` in bytes.
#[inline]
#[must_use]
pub fn len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Reads a varint and advances the slice. Returns `None` if it is truncated or exceeds 64 bits.
#[inline]
pub fn take(bytes: &mut &[u8]) -> Option<u64> {
    if let Some((&first, rest)) = bytes.split_first()
        && first < 0x80
    {
        *bytes = rest;
        return Some(u64::from(first));
    }
    let (mut value, mut shift) = (0u64, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if shift == 63 && byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
        shift += 7;
        if shift > 63 {
            return None;
        }
    }
}
