//! The directories of an archive, compressed or not: an accepted index finds exactly the tiles that its
//! entries name, and each range lies inside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tilecore::archive::{ArchiveIndex, Compression, Header, Lookup, TileKind};
use tilecore::{TileCoord, TileId};

fuzz_target!(|input: (bool, u16, u16, &[u8], &[u8])| {
    let (is_compressed, tiles, entries, root, leaves) = input;
    let header = Header {
        root: 127..127,
        metadata: 127..127,
        leaves: 127..127,
        tiles: 1000..1000 + u64::from(tiles),
        addressed_tiles: 0,
        tile_entries: u64::from(entries),
        tile_contents: 0,
        is_clustered: true,
        internal_compression: if is_compressed { Compression::Gzip } else { Compression::None },
        tile_compression: Compression::Gzip,
        tile_kind: TileKind::Mvt,
        minzoom: 0,
        maxzoom: 6,
        bounds: [45.0, 25.0, 60.0, 40.0],
        center: [51.0, 35.0],
        center_zoom: 6,
    };
    let Ok(index) = ArchiveIndex::parse(header, root, leaves) else { return };
    let mut named = 0;
    for z in 0..=6_u8 {
        for at in 0..1_u32 << (2 * z) {
            let coord = TileCoord::new(z, at & ((1 << z) - 1), at >> z).unwrap();
            let id = TileId::from(coord).get();
            let expected = index.entries().iter().position(|entry| {
                (entry.tile_id..entry.tile_id + u64::from(entry.run_length)).contains(&id)
            });
            match index.find(coord) {
                Lookup::Found { bytes, entry } => {
                    assert_eq!(Some(entry), expected);
                    let section = &index.header().tiles;
                    assert!(section.start <= bytes.start && bytes.end <= section.end);
                    named += 1;
                }
                Lookup::Empty => assert_eq!(expected, None),
            }
        }
    }
    assert_eq!(named, index.tile_count());
});
