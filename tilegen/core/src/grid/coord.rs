//! Tile addresses (zoom, column, row) and tile ids.

use std::fmt;
use std::str::FromStr;

use crate::grid::hilbert;
use crate::text::Quoted;

/// Deepest zoom of a tile address. No layer needs a deeper one, although `PMTiles` ids reach zoom 31.
pub const MAX_ZOOM: u8 = 26;

/// A tile address: zoom, column counted from the west, row counted from the north.
///
/// ```
/// use tilecore::TileCoord;
///
/// let tehran = TileCoord::new(10, 658, 403)?;
/// assert_eq!(tehran.parent(), Some(TileCoord::new(9, 329, 201)?));
/// assert!(TileCoord::new(1, 2, 0).is_err()); // zoom 1 has columns 0 and 1
/// # Ok::<(), tilecore::CoordError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileCoord {
    z: u8,
    x: u32,
    y: u32,
}

/// Why a tile address is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoordError {
    /// The zoom is deeper than [`MAX_ZOOM`].
    #[error("zoom {z} is deeper than {MAX_ZOOM}")]
    Zoom {
        /// The zoom.
        z: u32,
    },
    /// The column or row is out of range.
    #[error("tile {z}/{x}/{y} is out of range: columns and rows of zoom {z} end at {last}")]
    OutOfRange {
        /// Zoom.
        z: u8,
        /// Column.
        x: u32,
        /// Row.
        y: u32,
        /// Last column and row of the zoom.
        last: u32,
    },
    /// The text is not three numbers separated by slashes.
    #[error("{} is not a tile address such as 10/658/403", Quoted(text))]
    Malformed {
        /// The text given.
        text: String,
    },
}

impl TileCoord {
    /// The tile at zoom `z`, column `x`, row `y`.
    pub const fn new(z: u8, x: u32, y: u32) -> Result<Self, CoordError> {
        if z > MAX_ZOOM {
            return Err(CoordError::Zoom { z: z as u32 });
        }
        let last = ((1u64 << z) - 1) as u32;
        if x > last || y > last {
            return Err(CoordError::OutOfRange { z, x, y, last });
        }
        Ok(Self { z, x, y })
    }

    /// The tile at `position` on the Hilbert curve of zoom `z`.
    ///
    /// ```
    /// use tilecore::TileCoord;
    ///
    /// assert_eq!(TileCoord::at(1, 3), TileCoord::new(1, 1, 0)?);
    /// # Ok::<(), tilecore::CoordError>(())
    /// ```
    #[must_use]
    pub fn at(z: u8, position: u64) -> Self {
        let (x, y) = hilbert::square(z, position);
        Self { z, x, y }
    }

    /// The tile with this id in a `PMTiles` archive, or `None` if it is deeper than [`MAX_ZOOM`].
    #[must_use]
    pub fn from_id(id: u64) -> Option<Self> {
        let z = (0..=MAX_ZOOM).find(|&z| id < TileId::first_of_zoom(z + 1).get())?;
        Some(Self::at(z, id - TileId::first_of_zoom(z).get()))
    }

    /// Zoom.
    #[must_use]
    pub const fn z(self) -> u8 {
        self.z
    }

    /// Column, counted from the west.
    #[must_use]
    pub const fn x(self) -> u32 {
        self.x
    }

    /// Row, counted from the north.
    #[must_use]
    pub const fn y(self) -> u32 {
        self.y
    }

    /// The tile one zoom up that contains this one, or `None` at zoom 0.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        match self.z {
            0 => None,
            z => Some(Self { z: z - 1, x: self.x >> 1, y: self.y >> 1 }),
        }
    }

    /// Position on the Hilbert curve of this zoom.
    #[must_use]
    pub fn position(self) -> u64 {
        hilbert::position(self.z, self.x, self.y)
    }
}

impl fmt::Display for TileCoord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

impl FromStr for TileCoord {
    type Err = CoordError;

    fn from_str(text: &str) -> Result<Self, CoordError> {
        let malformed = || CoordError::Malformed { text: text.to_owned() };
        let mut parts = text.split('/').map(|part| {
            let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if plain { part.parse::<u32>().map_err(|_| malformed()) } else { Err(malformed()) }
        });
        let mut next = || parts.next().unwrap_or_else(|| Err(malformed()));
        let (z, x, y) = (next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(malformed());
        }
        let z = u8::try_from(z).map_err(|_| CoordError::Zoom { z })?;
        Self::new(z, x, y)
    }
}

/// The id of a tile in a `PMTiles` archive: the number of tiles of all lower zooms plus its position on
/// the Hilbert curve of its own zoom (PMTiles v3, section 4.1).
///
/// ```
/// use tilecore::{TileCoord, TileId};
///
/// assert_eq!(TileId::from(TileCoord::new(1, 1, 0)?).get(), 4);
/// # Ok::<(), tilecore::CoordError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId(u64);

impl TileId {
    /// Id of the first tile of a zoom: (4^z − 1) / 3.
    #[must_use]
    pub const fn first_of_zoom(z: u8) -> Self {
        Self(((1u64 << (2 * z as u64)) - 1) / 3)
    }

    /// The id as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<TileCoord> for TileId {
    fn from(coord: TileCoord) -> Self {
        Self(Self::first_of_zoom(coord.z).0 + coord.position())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(z: u8, x: u32, y: u32) -> TileCoord {
        TileCoord::new(z, x, y).unwrap()
    }

    #[test]
    fn tile_ids_follow_the_hilbert_curve() {
        for (z, x, y, id) in
            [(0, 0, 0, 0), (1, 0, 0, 1), (1, 0, 1, 2), (1, 1, 1, 3), (1, 1, 0, 4), (2, 0, 0, 5)]
        {
            assert_eq!(TileId::from(tile(z, x, y)).get(), id, "tile {z}/{x}/{y}");
            assert_eq!(TileCoord::from_id(id), Some(tile(z, x, y)), "id {id}");
        }
    }

    #[test]
    fn an_id_beyond_the_deepest_zoom_is_not_a_tile() {
        assert_eq!(TileCoord::from_id(TileId::first_of_zoom(MAX_ZOOM + 1).get()), None);
    }

    #[test]
    fn malformed_addresses_are_rejected() {
        assert_eq!("10/658/403".parse(), Ok(tile(10, 658, 403)));
        for text in ["", "10/658", "10/658/403/1", "a/b/c", "1/+1/0", "1/ 1/0", "1//0", "1/1/-0"] {
            let malformed = CoordError::Malformed { text: text.to_owned() };
            assert_eq!(text.parse::<TileCoord>(), Err(malformed), "`{text}`");
        }
        assert_eq!("300/0/0".parse::<TileCoord>(), Err(CoordError::Zoom { z: 300 }));
        assert!(matches!("1/2/0".parse::<TileCoord>(), Err(CoordError::OutOfRange { .. })));
    }
}
