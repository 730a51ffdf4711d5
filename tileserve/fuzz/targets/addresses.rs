//! Paths: a parsed route is written back as the same path, so each tile has one path.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tilecore::{ArchiveDigest, TileCoord};
use tileserve::http::route::{Route, plain};

fn name(slot: &str, digest: Option<ArchiveDigest>) -> String {
    digest.map_or_else(|| slot.to_owned(), |digest| format!("{slot}@{digest}"))
}

fn tile(names: &str, coord: TileCoord) -> String {
    format!("/v1/tiles/{names}/{}/{}/{}.mvt", coord.z(), coord.x(), coord.y())
}

fuzz_target!(|path: &str| {
    let path = plain(path);
    let Ok(route) = Route::parse(&path) else { return };
    let written = match route {
        Route::Tile { slot, digest, coord } => tile(&name(slot, digest), coord),
        Route::Composition { parts, coord } => {
            assert!((2..=8).contains(&parts.len()), "{path}");
            let names: Vec<_> = parts.iter().map(|part| name(part.slot, part.digest)).collect();
            tile(&names.join("+"), coord)
        }
        Route::TileJson { slot } => format!("/v1/tiles/{slot}/tilejson.json"),
        Route::CompositionJson { parts } => {
            let names: Vec<_> = parts.iter().map(|part| name(part.slot, part.digest)).collect();
            format!("/v1/tiles/{}/tilejson.json", names.join("+"))
        }
        Route::Table { table, digest } => format!("/v1/tables/{}.json", name(table, digest)),
        Route::Archive { slot, digest } => {
            format!("/v1/archives/{}.pmtiles", name(slot, Some(digest)))
        }
        Route::Catalog => "/v1/catalog.json".to_owned(),
        Route::OpenApi => "/v1/openapi.json".to_owned(),
        Route::Live => "/health/live".to_owned(),
        Route::Ready => "/health/ready".to_owned(),
        _ => path.clone().into_owned(),
    };
    assert_eq!(path, written);
});
