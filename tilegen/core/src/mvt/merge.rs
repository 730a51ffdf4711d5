//! Merges the layers of several tiles into one tile.

use std::collections::HashSet;

use super::decode::{DecodeError, Field, take_field, text};

/// Why tiles could not be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// One of them is not a valid vector tile.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Two layers have the same name, which the standard forbids (MVT 2.1, section 4.1).
    #[error("two tiles have a layer named `{name}`")]
    DuplicateLayer {
        /// The name.
        name: String,
    },
}

/// Merges tiles into one with all of their layers, in order and byte for byte.
///
/// A tile is a sequence of layers (MVT 2.1, section 4.1), so tiles are concatenated. Only the names of
/// the layers are decoded.
///
/// ```
/// use tilecore::mvt::{PointLayerEncoder, decode, merge};
///
/// let tile = |name| {
///     let mut encoder = PointLayerEncoder::new(name, 128, vec![]);
///     encoder.point(1, 1, |_| {});
///     encoder.finish()
/// };
/// let merged = merge(&[&tile("density"), &tile("areas")])?;
/// let names: Vec<&str> = decode(&merged).unwrap().iter().map(|layer| layer.name).collect();
/// assert_eq!(names, ["density", "areas"]);
/// assert!(merge(&[&tile("areas"), &tile("areas")]).is_err());
/// # Ok::<(), tilecore::mvt::MergeError>(())
/// ```
pub fn merge(tiles: &[&[u8]]) -> Result<Vec<u8>, MergeError> {
    let mut names = HashSet::new();
    for tile in tiles {
        let mut rest = *tile;
        while !rest.is_empty() {
            if let (3, Field::Bytes(layer)) = take_field(&mut rest)? {
                let name = layer_name(layer)?;
                if !names.insert(name) {
                    return Err(MergeError::DuplicateLayer { name: name.to_owned() });
                }
            }
        }
    }
    Ok(tiles.concat())
}

fn layer_name(mut layer: &[u8]) -> Result<&str, DecodeError> {
    let mut name = "";
    while !layer.is_empty() {
        if let (1, Field::Bytes(found)) = take_field(&mut layer)? {
            name = text(found)?;
        }
    }
    Ok(name)
}
