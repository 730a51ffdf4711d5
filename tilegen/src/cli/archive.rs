//! The runs of `tilegen verify` and `tilegen inspect`.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::json;
use tilecore::{ArchiveDigest, TileHash};

use crate::cli::arguments::{InspectArgs, VerifyArgs};
use crate::cli::inspect::{inspect_archive, inspect_tile};
use crate::cli::print::write_stdout;
use crate::publish::verify::verify;

/// Verifies an archive, and the tile hashes next to it.
pub(crate) fn run_verify(args: &VerifyArgs) -> anyhow::Result<()> {
    let archive = read_archive(&args.archive)?;
    let hashes_path = args.archive.with_extension("hashes");
    let hashes = if hashes_path.exists() {
        let hashes = TileHash::read_all(&read_archive(&hashes_path)?);
        Some(hashes.with_context(|| {
            format!(
                "{} is not a valid list of tile hashes: its length is not a multiple of 16",
                hashes_path.display()
            )
        })?)
    } else {
        None
    };
    let name = args.archive.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let digest = ArchiveDigest::of(&archive);
    let is_named = name.parse::<ArchiveDigest>().is_ok();
    if is_named && name != digest.to_string() {
        bail!(
            "{} has the digest {digest}, which is not its file name: the file was changed after it was published",
            args.archive.display()
        );
    }
    let verified = verify(&archive, hashes.as_deref())
        .with_context(|| format!("{} did not pass verification", args.archive.display()))?;
    let result = json!({
        "archive": args.archive.display().to_string(),
        "digest": digest,
        "digest_checked": is_named,
        "hashes_checked": hashes.is_some(),
        "verified": verified,
    });
    write_stdout(format_args!("{result:#}\n"))
}

/// Prints the contents of an archive or of one tile.
pub(crate) fn run_inspect(args: &InspectArgs) -> anyhow::Result<()> {
    let archive = read_archive(&args.archive)?;
    let path = args.archive.display();
    let not_readable = || format!("could not inspect {path}");
    let json = match args.tile {
        None => inspect_archive(&archive).with_context(not_readable)?,
        Some(coord) => inspect_tile(&archive, coord)
            .with_context(not_readable)?
            .with_context(|| format!("{path} has no tile {coord}"))?,
    };
    write_stdout(format_args!("{json:#}\n"))
}

fn read_archive(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("could not read {}", path.display()))
}
