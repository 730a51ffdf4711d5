//! The decoder: layers, keys, values and features of a tile. Rejects tiles that violate the standard.

use crate::varint;

/// Why a vector tile is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A field runs past the end of its message.
    #[error("the tile ends inside a field")]
    Truncated,
    /// A field has a wire type that vector tiles do not use.
    #[error("field {field} has wire type {wire}")]
    Wire {
        /// Field number.
        field: u64,
        /// Wire type.
        wire: u64,
    },
    /// The layer lacks a name, or has a version other than 2.
    #[error("layer `{name}` has version {version}, but only version 2 is supported")]
    Version {
        /// Name of the layer; empty if it has none.
        name: String,
        /// Version of the layer.
        version: u64,
    },
    /// A text is not UTF-8.
    #[error("a name or text value is not UTF-8")]
    Text,
    /// A tag index is out of range, or a key has no value.
    #[error("the tags of a feature do not match the keys and values of its layer")]
    Tags,
    /// A geometry is malformed or does not match its type.
    #[error("a feature's geometry is malformed")]
    Geometry,
}

/// The value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A 32-bit float.
    Float(f32),
    /// A 64-bit float.
    Double(f64),
    /// A signed integer (`int_value` or `sint_value`).
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A boolean.
    Bool(bool),
}

/// The geometry type of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeometryKind {
    /// Unknown.
    Unknown,
    /// One or more points.
    Point,
    /// One or more lines.
    Line,
    /// One or more polygons.
    Polygon,
}

/// A layer of a tile.
#[derive(Clone, Debug)]
pub struct Layer<'a> {
    /// Name.
    pub name: &'a str,
    /// Width and height of the tile in the layer's units.
    pub extent: u32,
    /// Attribute names, by index.
    pub keys: Vec<&'a str>,
    /// Attribute values, by index.
    pub values: Vec<Value<'a>>,
    features: Vec<&'a [u8]>,
}

/// A feature of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Feature<'a> {
    /// Its geometry type.
    pub kind: GeometryKind,
    tags: &'a [u8],
    geometry: &'a [u8],
}

pub(super) enum Field<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

#[inline]
pub(super) fn take_field<'a>(bytes: &mut &'a [u8]) -> Result<(u64, Field<'a>), DecodeError> {
    let header = varint::take(bytes).ok_or(DecodeError::Truncated)?;
    let (field, wire) = (header >> 3, header & 7);
    let value = match wire {
        0 => Field::Varint(varint::take(bytes).ok_or(DecodeError::Truncated)?),
        1 => Field::Fixed64(take_array(bytes)?),
        2 => {
            let len = varint::take(bytes).ok_or(DecodeError::Truncated)?;
            let len = usize::try_from(len).map_err(|_| DecodeError::Truncated)?;
            let (taken, rest) = bytes.split_at_checked(len).ok_or(DecodeError::Truncated)?;
            *bytes = rest;
            Field::Bytes(taken)
        }
        5 => Field::Fixed32(take_array(bytes)?),
        _ => return Err(DecodeError::Wire { field, wire }),
    };
    Ok((field, value))
}

fn take_array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], DecodeError> {
    let (&array, rest) = bytes.split_first_chunk().ok_or(DecodeError::Truncated)?;
    *bytes = rest;
    Ok(array)
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| DecodeError::Text)
}

/// Decodes all layers of a tile.
pub fn decode(mut tile: &[u8]) -> Result<Vec<Layer<'_>>, DecodeError> {
    let mut layers = Vec::new();
    while !tile.is_empty() {
        if let (3, Field::Bytes(layer)) = take_field(&mut tile)? {
            layers.push(decode_layer(layer)?);
        }
    }
    Ok(layers)
}

fn decode_layer(mut bytes: &[u8]) -> Result<Layer<'_>, DecodeError> {
    let mut layer =
        Layer { name: "", extent: 4096, keys: vec![], values: vec![], features: vec![] };
    let mut version = 1;
    while !bytes.is_empty() {
        match take_field(&mut bytes)? {
            (1, Field::Bytes(name)) => layer.name = text(name)?,
            (2, Field::Bytes(feature)) => layer.features.push(feature),
            (3, Field::Bytes(key)) => layer.keys.push(text(key)?),
            (4, Field::Bytes(value)) => layer.values.push(decode_value(value)?),
            (5, Field::Varint(extent)) => {
                layer.extent = u32::try_from(extent).map_err(|_| DecodeError::Geometry)?;
            }
            (15, Field::Varint(number)) => version = number,
            _ => {}
        }
    }
    if version != 2 || layer.name.is_empty() {
        return Err(DecodeError::Version { name: layer.name.to_owned(), version });
    }
    Ok(layer)
}

fn decode_value(mut bytes: &[u8]) -> Result<Value<'_>, DecodeError> {
    let mut value = None;
    while !bytes.is_empty() {
        value = match take_field(&mut bytes)? {
            (1, Field::Bytes(found)) => Some(Value::Text(text(found)?)),
            (2, Field::Fixed32(found)) => Some(Value::Float(f32::from_le_bytes(found))),
            (3, Field::Fixed64(found)) => Some(Value::Double(f64::from_le_bytes(found))),
            (4, Field::Varint(found)) => Some(Value::Int(found.cast_signed())),
            (5, Field::Varint(found)) => Some(Value::Uint(found)),
            (6, Field::Varint(found)) => Some(Value::Int(unzigzag(found))),
            (7, Field::Varint(found)) => Some(Value::Bool(found != 0)),
            _ => value,
        };
    }
    value.ok_or(DecodeError::Truncated)
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

impl<'a> Layer<'a> {
    /// Number of features.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.features.len()
    }

    /// Whether the layer has no feature.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// The features in their order.
    pub fn features(&self) -> impl Iterator<Item = Result<Feature<'a>, DecodeError>> {
        self.features.iter().map(|&bytes| decode_feature(bytes))
    }

    /// The attributes of a feature as pairs of indexes into `keys` and `values`, both in range.
    pub fn tags(
        &self,
        feature: Feature<'a>,
    ) -> impl Iterator<Item = Result<(usize, usize), DecodeError>> {
        let mut bytes = feature.tags;
        std::iter::from_fn(move || {
            if bytes.is_empty() {
                return None;
            }
            let pair = varint::take(&mut bytes).zip(varint::take(&mut bytes));
            let inside = pair
                .map(|(key, value)| (key as usize, value as usize))
                .filter(|&(key, value)| key < self.keys.len() && value < self.values.len());
            Some(inside.ok_or(DecodeError::Tags))
        })
    }
}

fn decode_feature(mut bytes: &[u8]) -> Result<Feature<'_>, DecodeError> {
    let mut feature = Feature { kind: GeometryKind::Unknown, tags: &[], geometry: &[] };
    while !bytes.is_empty() {
        match take_field(&mut bytes)? {
            (2, Field::Bytes(tags)) => feature.tags = tags,
            (3, Field::Varint(kind)) => {
                feature.kind = match kind {
                    1 => GeometryKind::Point,
                    2 => GeometryKind::Line,
                    3 => GeometryKind::Polygon,
                    _ => GeometryKind::Unknown,
                };
            }
            (4, Field::Bytes(geometry)) => feature.geometry = geometry,
            _ => {}
        }
    }
    Ok(feature)
}

impl Feature<'_> {
    /// Position of a single-point feature: x from the west, y from the north.
    pub fn point(self) -> Result<(i64, i64), DecodeError> {
        let mut bytes = self.geometry;
        let mut next = || varint::take(&mut bytes).ok_or(DecodeError::Geometry);
        let (command, x, y) = (next()?, next()?, next()?);
        if self.kind != GeometryKind::Point || command != 1 | 1 << 3 || !bytes.is_empty() {
            return Err(DecodeError::Geometry);
        }
        Ok((unzigzag(x), unzigzag(y)))
    }

    /// The parts of a feature's geometry (MVT 2.1, section 4.3.4): all points in one part, or one part per
    /// line or ring. The first vertex of a ring is not repeated.
    pub fn parts(self) -> Result<Vec<Vec<(i64, i64)>>, DecodeError> {
        let mut bytes = self.geometry;
        let mut take = || varint::take(&mut bytes);
        let (mut x, mut y) = (0i64, 0i64);
        let mut parts: Vec<Vec<(i64, i64)>> = Vec::new();
        let mut is_open = false;
        while let Some(command) = take() {
            let (id, count) = (command & 7, command >> 3);
            match (self.kind, id, count) {
                (GeometryKind::Point, 1, 1..) if parts.is_empty() => parts.push(Vec::new()),
                (GeometryKind::Line | GeometryKind::Polygon, 1, 1) if !is_open => {
                    parts.push(Vec::new());
                    is_open = true;
                }
                (GeometryKind::Line, 2, 1..) | (GeometryKind::Polygon, 2, 2..) if is_open => {
                    is_open = self.kind == GeometryKind::Polygon;
                }
                (GeometryKind::Polygon, 7, 1) if is_open => {
                    is_open = false;
                    continue;
                }
                _ => return Err(DecodeError::Geometry),
            }
            let part = parts.last_mut().ok_or(DecodeError::Geometry)?;
            for _ in 0..count {
                let (dx, dy) = take().zip(take()).ok_or(DecodeError::Geometry)?;
                x = x.wrapping_add(unzigzag(dx));
                y = y.wrapping_add(unzigzag(dy));
                part.push((x, y));
            }
        }
        if parts.is_empty() || is_open || !bytes.is_empty() {
            return Err(DecodeError::Geometry);
        }
        Ok(parts)
    }
}
