//! Merging: the layers of several tiles in one tile.

use std::collections::HashSet;

use super::decode::{DecodeError, Field, take_field, text};

/// Why tiles could not become one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// One of them is no vector tile.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Two layers have one name, which a tile forbids (MVT 2.1, section 4.1).
    #[error("two of the tiles have a layer `{name}`")]
    DuplicateLayer {
        /// The name.
        name: String,
    },
}

/// One tile with all layers of the others, in their order, byte for byte.
///
/// A tile is a sequence of layers (MVT 2.1, section 4.1), so tiles are joined without reading what is
/// in the layers beyond their names.
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
