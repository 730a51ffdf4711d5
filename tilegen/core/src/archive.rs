//! PMTiles version 3 archives: a writer based on the `pmtiles` crate, and our own reader, which validates
//! every number in a file before it uses it.

mod directory;
mod gzip;
mod header;
mod index;
mod write;

pub use directory::{DirectoryError, Entry};
pub use gzip::{GzipEncoder, GzipError, MAX_TILE_BYTES, declared_length, gunzip};
pub use header::{Compression, Header, HeaderError, TileKind};
pub use index::{ArchiveIndex, IndexError, Lookup};
pub use write::{ArchiveContent, FORMAT_VERSION, StoredTile, WriteError, WrittenArchive, write};
