//! PMTiles version 3 archives: writing them with the field's own crate, and a reader of our own
//! that believes no number in a file before it has checked it.

mod directory;
mod gzip;
mod header;
mod index;
mod write;

pub use directory::{DirectoryError, Entry};
pub use gzip::{GzipError, gunzip};
pub use header::{Compression, Header, HeaderError, TileKind};
pub use index::{ArchiveIndex, IndexError, Lookup};
pub use write::{ArchiveContent, StoredTile, WriteError, WrittenArchive, write};
