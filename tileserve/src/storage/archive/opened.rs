//! The index, hashes and metadata of an open archive, and its health.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use serde_json::{Map, Value};
use tilecore::TileHash;
use tilecore::archive::{ArchiveIndex, Compression, Header};

use super::error::ArchiveError;
use super::location::TileLocation;
use crate::storage::store::ObjectVersion;

/// What the server read when it opened an archive, and whether later reads succeeded.
#[derive(Debug)]
pub(super) struct OpenedArchive {
    pub(super) index: ArchiveIndex,
    pub(super) hashes: Vec<TileHash>,
    pub(super) metadata: Map<String, Value>,
    pub(super) key: String,
    pub(super) length: u64,
    /// Hash of its first bytes, which contain the header and usually the root directory.
    pub(super) beginning_hash: TileHash,
    /// The object version in the store that is read.
    pub(super) object_version: ArcSwapOption<ObjectVersion>,
    /// The object version that was last validated.
    pub(super) validated_version: ArcSwapOption<ObjectVersion>,
    /// The tile whose read last failed because the archive is damaged or missing; `None` after the
    /// archive is revalidated.
    pub(super) failed_tile: ArcSwapOption<TileLocation>,
}

impl OpenedArchive {
    pub(super) fn new(
        key: String,
        header: Header,
        [root, leaves, metadata]: [&[u8]; 3],
        hashes: &[u8],
        beginning: &[u8],
        (length, object_version): (u64, Option<ObjectVersion>),
    ) -> Result<Self, ArchiveError> {
        if header.tile_compression != Compression::Gzip {
            return Err(ArchiveError::Compression { key });
        }
        let unpacked = header.unpack_metadata(metadata).map_err(|error| error.to_string());
        let metadata = unpacked.and_then(|text| read_metadata(&text));
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(reason) => return Err(ArchiveError::Metadata { key, reason }),
        };
        // An entry has a hash of 16 bytes, so the list limits what the directories may declare.
        let most = hashes.len() as u64 / 16;
        let index = match ArchiveIndex::parse_at_most(header, root, leaves, most) {
            Ok(index) => index,
            Err(source) => return Err(ArchiveError::Index { key, source }),
        };
        let entries = index.entries().len();
        match TileHash::read_all(hashes).filter(|hashes| hashes.len() == entries) {
            Some(hashes) => {
                let object_version = object_version.map(Arc::new);
                let validated_version = ArcSwapOption::new(object_version.clone());
                let object_version = ArcSwapOption::new(object_version);
                Ok(Self {
                    index,
                    hashes,
                    metadata,
                    key,
                    length,
                    beginning_hash: TileHash::of(beginning),
                    object_version,
                    validated_version,
                    failed_tile: ArcSwapOption::empty(),
                })
            }
            None => Err(ArchiveError::Hashes { key, entries, bytes: hashes.len() }),
        }
    }

    /// The tile of an entry, counted in directory order.
    pub(super) fn tile(&self, entry: usize) -> Option<TileLocation> {
        let bytes = self.index.file_range(self.index.entries().get(entry)?);
        Some(TileLocation { entry: entry as u32, bytes, hash: self.hashes[entry] })
    }
}

pub(super) fn read_header(
    key: &str,
    beginning: &[u8],
    file_len: u64,
) -> Result<Header, ArchiveError> {
    Header::parse(beginning, file_len)
        .map_err(|source| ArchiveError::Header { key: key.to_owned(), source })
}

fn read_metadata(text: &[u8]) -> Result<Map<String, Value>, String> {
    let metadata: Map<String, Value> =
        serde_json::from_slice(text).map_err(|error| error.to_string())?;
    // PMTiles v3, section 5: vector tiles must describe their layers.
    match metadata.get("vector_layers") {
        Some(Value::Array(_)) => Ok(metadata),
        _ => Err("`vector_layers` is missing".to_owned()),
    }
}
