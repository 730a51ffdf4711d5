//! The disk cache: whole archives on the local disk. Their tiles need no read from the store, and they
//! survive a restart.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tilecore::ArchiveDigest;
use tilecore::digest::Digester;
use tilecore::manifest::LayerEntry;
use tracing::{info, warn};

use crate::storage::blocking::run_blocking;
use crate::storage::store::{Store, StoreError};
use tilecore::error::chain;

/// A folder of copies of archives, each under its digest. One server uses it at a time.
#[derive(Clone, Debug)]
pub struct DiskCache {
    folder: Arc<Path>,
}

/// A copy of an archive that was checked against its digest.
#[derive(Debug)]
pub struct LocalFile(File);

/// Why an archive has no copy on the disk. It is read from the store instead.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The folder or a file in it cannot be used.
    #[error("the disk cache cannot use {}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The archive could not be read from the store.
    #[error("the archive could not be copied to the disk cache")]
    Store(#[from] StoreError),
    /// The bytes from the store are not those that were published.
    #[error("the copy of an archive has the digest {found}")]
    Digest {
        /// Digest of the copy.
        found: ArchiveDigest,
    },
}

/// File extension of complete copies.
const WHOLE: &str = "pmtiles";

/// File extension of incomplete copies.
const PART: &str = "part";

impl DiskError {
    /// Logs that an archive is read from the store instead.
    pub fn warn(&self) {
        warn!(cause = chain(self), "archive not cached on disk");
    }
}

impl DiskCache {
    /// The cache in a folder, which is created if it is missing.
    pub fn open(folder: &Path) -> Result<Self, DiskError> {
        let failed = |source| DiskError::File { file: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        Ok(Self { folder: folder.into() })
    }

    /// The copy of an archive, which is made if there is no valid one.
    pub async fn fetch(&self, store: &Store, entry: &LayerEntry) -> Result<LocalFile, DiskError> {
        let (whole, part) = (self.file(entry.digest, WHOLE), self.file(entry.digest, PART));
        let (found, digest) = (whole.clone(), entry.digest);
        if let Some(file) = run_blocking(move || LocalFile::open(&found, digest)).await {
            return Ok(file);
        }
        let copied = copy(store, entry, &part).await;
        if copied.is_err() {
            // An incomplete copy is useless, and may be the reason that the disk is full.
            let _ = fs::remove_file(&part);
        }
        let file = copied?;
        fs::rename(&part, &whole).map_err(|source| DiskError::File { file: whole, source })?;
        info!(digest = %entry.digest, bytes = entry.bytes, "archive cached on disk");
        Ok(LocalFile(file))
    }

    /// Removes every copy except those of these archives. Open copies can still be read; their space
    /// is freed when they are closed.
    pub fn keep_only(&self, digests: &[ArchiveDigest]) {
        let names: Vec<String> = digests.iter().map(|digest| format!("{digest}.{WHOLE}")).collect();
        let Ok(files) = fs::read_dir(&self.folder) else { return };
        for file in files.flatten().map(|file| file.path()) {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            // Other files are left alone.
            let is_ours = name.split_once('.').is_some_and(|(stem, end)| {
                stem.parse::<ArchiveDigest>().is_ok() && [WHOLE, PART].contains(&end)
            });
            if is_ours && !names.iter().any(|kept| kept == name) {
                let _ = fs::remove_file(file);
            }
        }
    }

    fn file(&self, digest: ArchiveDigest, ending: &str) -> PathBuf {
        self.folder.join(format!("{digest}.{ending}"))
    }
}

async fn copy(store: &Store, entry: &LayerEntry, part: &Path) -> Result<File, DiskError> {
    let failed = |source| DiskError::File { file: part.to_owned(), source };
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        // Internal archives have exact counts.
        .mode(0o600)
        .open(part)
        .map_err(failed)?;
    let mut digester = Digester::default();
    store
        .read_pieces(&entry.archive_key(), |piece| {
            digester.update(&piece);
            file.write_all(&piece).map_err(failed)
        })
        .await?;
    let found = digester.finish();
    if found == entry.digest { Ok(file) } else { Err(DiskError::Digest { found }) }
}

impl LocalFile {
    fn open(path: &Path, digest: ArchiveDigest) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let mut digester = DigestWriter(Digester::default());
        io::copy(&mut file, &mut digester).ok()?;
        (digester.0.finish() == digest).then_some(Self(file))
    }

    /// Bytes of the copy. Blocks on the disk.
    pub fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.0.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes.into())
    }
}

struct DigestWriter(Digester);

impl Write for DigestWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
