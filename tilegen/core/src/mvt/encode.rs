//! The encoder: one layer of points with integer, decimal and text attributes, written directly as bytes.
//!
//! It reuses its buffers from tile to tile. `docs/decisions/tiles.md` has the comparison with other
//! encoders.

use std::collections::HashMap;

use crate::varint;

/// Values below this are looked up in an array instead of a hash map.
const SMALL: usize = 4096;

/// MVT 2.1, section 4.3.3: MoveTo is command 1, repeated once.
const MOVE_TO_ONCE: u64 = 1 | 1 << 3;

/// Encodes tiles with one layer of points.
///
/// ```
/// use tilecore::mvt::{PointLayerEncoder, decode};
///
/// let mut encoder = PointLayerEncoder::new("density", 128, vec!["orders".into(), "users".into()]);
/// encoder.point(63, 1, |tags| tags.push(0, 12));
/// let tile = encoder.finish();
/// assert_eq!(decode(&tile)?[0].name, "density");
/// # Ok::<(), tilecore::mvt::DecodeError>(())
/// ```
pub struct PointLayerEncoder {
    name: String,
    extent: u32,
    keys: Vec<String>,
    features: Vec<u8>,
    tags: Tags,
}

/// The attributes of the feature that is being encoded.
pub struct Tags {
    bytes: Vec<u8>,
    key_index: Vec<u32>,
    used_keys: Vec<u32>,
    small_index: Vec<u32>,
    large_index: HashMap<u64, u32>,
    decimal_index: HashMap<u64, u32>,
    text_index: HashMap<String, u32>,
    used_small: Vec<u32>,
    /// The encoded values of the layer, and their number.
    values: Vec<u8>,
    value_count: u32,
}

const UNUSED: u32 = u32::MAX;

impl Tags {
    /// Adds an attribute with an integer value. `key` is an index into the encoder's keys.
    #[inline]
    pub fn push(&mut self, key: usize, value: u64) {
        let value_index = self.index_of_value(value);
        self.push_pair(key, value_index);
    }

    /// Adds an attribute with a 64-bit float value.
    pub fn push_decimal(&mut self, key: usize, value: f64) {
        let known = self.decimal_index.get(&value.to_bits()).copied();
        let value_index = known.unwrap_or_else(|| {
            self.values.extend_from_slice(&[4 << 3 | 2, 9, 3 << 3 | 1]); // value.double_value
            self.values.extend_from_slice(&value.to_le_bytes());
            let index = self.next_value();
            self.decimal_index.insert(value.to_bits(), index);
            index
        });
        self.push_pair(key, value_index);
    }

    /// Adds an attribute with a text value.
    pub fn push_text(&mut self, key: usize, value: &str) {
        let known = self.text_index.get(value).copied();
        let value_index = known.unwrap_or_else(|| {
            let length = value.len() as u64;
            self.values.push(4 << 3 | 2); // layer.values
            varint::push(&mut self.values, 1 + varint::len(length) as u64 + length);
            self.values.push(1 << 3 | 2); // value.string_value
            varint::push(&mut self.values, length);
            self.values.extend_from_slice(value.as_bytes());
            let index = self.next_value();
            self.text_index.insert(value.to_owned(), index);
            index
        });
        self.push_pair(key, value_index);
    }

    #[inline]
    fn push_pair(&mut self, key: usize, value_index: u32) {
        let key_index = self.index_of_key(key);
        varint::push(&mut self.bytes, u64::from(key_index));
        varint::push(&mut self.bytes, u64::from(value_index));
    }

    #[inline]
    fn next_value(&mut self) -> u32 {
        self.value_count += 1;
        self.value_count - 1
    }

    #[inline]
    fn index_of_key(&mut self, key: usize) -> u32 {
        if self.key_index[key] == UNUSED {
            self.key_index[key] = self.used_keys.len() as u32;
            self.used_keys.push(key as u32);
        }
        self.key_index[key]
    }

    #[inline]
    fn index_of_value(&mut self, value: u64) -> u32 {
        let index = match self.small_index.get_mut(value as usize) {
            Some(index) => index,
            None => self.large_index.entry(value).or_insert(UNUSED),
        };
        if *index != UNUSED {
            return *index;
        }
        *index = self.value_count;
        if value < SMALL as u64 {
            self.used_small.push(value as u32);
        }
        self.values.push(4 << 3 | 2); // layer.values
        varint::push(&mut self.values, 1 + varint::len(value) as u64);
        self.values.push(5 << 3); // value.uint_value
        varint::push(&mut self.values, value);
        self.next_value()
    }

    fn reset(&mut self) {
        for key in self.used_keys.drain(..) {
            self.key_index[key as usize] = UNUSED;
        }
        for value in self.used_small.drain(..) {
            self.small_index[value as usize] = UNUSED;
        }
        self.large_index.clear();
        self.decimal_index.clear();
        self.text_index.clear();
        self.values.clear();
        self.value_count = 0;
    }
}

impl PointLayerEncoder {
    /// An encoder for layers with this name, extent and attribute names.
    #[must_use]
    pub fn new(name: &str, extent: u32, keys: Vec<String>) -> Self {
        let tags = Tags {
            bytes: Vec::new(),
            key_index: vec![UNUSED; keys.len()],
            used_keys: Vec::new(),
            small_index: vec![UNUSED; SMALL],
            large_index: HashMap::new(),
            decimal_index: HashMap::new(),
            text_index: HashMap::new(),
            used_small: Vec::new(),
            values: Vec::new(),
            value_count: 0,
        };
        Self { name: name.to_owned(), extent, keys, features: Vec::new(), tags }
    }

    /// Adds a point at `x` (from the west) and `y` (from the north), both within the extent.
    #[inline]
    pub fn point(&mut self, x: u32, y: u32, describe: impl FnOnce(&mut Tags)) {
        self.tags.bytes.clear();
        describe(&mut self.tags);
        let (dx, dy) = (u64::from(x) << 1, u64::from(y) << 1); // zigzag of a positive number
        let geometry_len = 1 + varint::len(dx) + varint::len(dy);
        let tags_len = self.tags.bytes.len();
        let feature_len = 2 + 1 + varint::len(tags_len as u64) + tags_len + 1 + 1 + geometry_len;

        let out = &mut self.features;
        out.push(2 << 3 | 2); // layer.features
        varint::push(out, feature_len as u64);
        out.push(2 << 3 | 2); // feature.tags
        varint::push(out, tags_len as u64);
        out.extend_from_slice(&self.tags.bytes);
        out.extend_from_slice(&[3 << 3, 1]); // feature.type = POINT
        out.push(4 << 3 | 2); // feature.geometry
        varint::push(out, geometry_len as u64);
        varint::push(out, MOVE_TO_ONCE);
        varint::push(out, dx);
        varint::push(out, dy);
    }

    /// The tile with all points that were added since the last call.
    pub fn finish(&mut self) -> Vec<u8> {
        let mut tail = Vec::with_capacity(self.tags.values.len() + 256);
        for &key in &self.tags.used_keys {
            let key = &self.keys[key as usize];
            tail.push(3 << 3 | 2); // layer.keys
            varint::push(&mut tail, key.len() as u64);
            tail.extend_from_slice(key.as_bytes());
        }
        tail.extend_from_slice(&self.tags.values);
        tail.push(5 << 3); // layer.extent
        varint::push(&mut tail, u64::from(self.extent));

        let mut head = vec![15 << 3, 2, 1 << 3 | 2]; // layer.version = 2, layer.name
        varint::push(&mut head, self.name.len() as u64);
        head.extend_from_slice(self.name.as_bytes());

        let layer_len = head.len() + self.features.len() + tail.len();
        let mut tile = Vec::with_capacity(layer_len + 8);
        tile.push(3 << 3 | 2); // tile.layers
        varint::push(&mut tile, layer_len as u64);
        tile.extend_from_slice(&head);
        tile.extend_from_slice(&self.features);
        tile.extend_from_slice(&tail);
        self.features.clear();
        self.tags.reset();
        tile
    }
}
