//! The least CPU time that a density build can take with the Parquet crate and gzip. This program only
//! decodes the required columns of all orders and compresses the finished tiles of an archive, on one
//! thread, and prints the CPU time of both.

use std::fs::{self, File};
use std::path::PathBuf;

use clap::Parser;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tile_benches::cpu_seconds;
use tilecore::archive::{ArchiveIndex, GzipEncoder, Header, MAX_TILE_BYTES, gunzip};
use tilegen::tiles::gzip::GZIP_LEVEL;

#[derive(Parser)]
struct Cli {
    /// Directory of Parquet order files
    #[arg(long)]
    orders: PathBuf,
    /// Published archive
    #[arg(long)]
    archive: PathBuf,
}

/// The columns that a density build needs, by their default names.
const COLUMNS: [&str; 8] = [
    "order_id",
    "city_id",
    "business_line",
    "customer_latitude",
    "customer_longitude",
    "user_id",
    "organic",
    "created_at",
];

fn order_files(folder: &PathBuf, found: &mut Vec<PathBuf>) {
    if folder.is_file() {
        found.push(folder.clone());
        return;
    }
    let listed = fs::read_dir(folder).expect("a readable folder");
    for path in listed.map(|entry| entry.expect("a readable folder").path()) {
        let is_parquet = path.extension().is_some_and(|ending| ending == "parquet");
        if path.is_dir() || is_parquet {
            order_files(&path, found);
        }
    }
}

fn decode(files: &[PathBuf]) -> u64 {
    let mut rows = 0;
    for path in files {
        let file = File::open(path).expect("a readable file");
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("a parquet file");
        let schema = builder.schema();
        let wanted = (0..schema.fields().len())
            .filter(|&index| COLUMNS.contains(&schema.field(index).name().as_str()));
        let projection = ProjectionMask::roots(builder.parquet_schema(), wanted);
        let reader = builder.with_projection(projection).with_batch_size(16_384).build();
        for batch in reader.expect("readable columns") {
            rows += batch.expect("whole pages").num_rows() as u64;
        }
    }
    rows
}

fn tiles(archive: &[u8]) -> Vec<Vec<u8>> {
    let header = Header::parse(archive, archive.len() as u64).expect("an archive");
    let part = |range: &std::ops::Range<u64>| &archive[range.start as usize..range.end as usize];
    let index = ArchiveIndex::parse(header.clone(), part(&header.root), part(&header.leaves))
        .expect("whole directories");
    let stored = index.entries().iter().map(|entry| part(&index.file_range(entry)));
    stored.map(|bytes| gunzip(bytes, MAX_TILE_BYTES).expect("gzip tiles")).collect()
}

fn gzip(tiles: &[Vec<u8>]) -> usize {
    let mut encoder = GzipEncoder::new(GZIP_LEVEL);
    tiles.iter().map(|tile| encoder.compress(tile).len()).sum()
}

fn main() {
    let cli = Cli::parse();
    let mut files = Vec::new();
    order_files(&cli.orders, &mut files);
    let tiles = tiles(&fs::read(&cli.archive).expect("a readable archive"));
    let start = cpu_seconds();
    let rows = decode(&files);
    let decode_end = cpu_seconds();
    let bytes = gzip(&tiles);
    let gzip_end = cpu_seconds();
    println!(
        r#"{{"rows":{rows},"tiles":{},"gzip_bytes":{bytes},"decode_cpu_s":{:.3},"gzip_cpu_s":{:.3}}}"#,
        tiles.len(),
        decode_end - start,
        gzip_end - decode_end,
    );
}
