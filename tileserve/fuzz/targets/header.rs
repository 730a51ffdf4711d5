//! The header of an archive: every range of an accepted header lies inside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tilecore::archive::Header;

fuzz_target!(|input: (u64, &[u8])| {
    let (length, bytes) = input;
    let Ok(header) = Header::parse(bytes, length) else { return };
    for range in [&header.root, &header.metadata, &header.leaves, &header.tiles] {
        assert!(range.start <= range.end && range.end <= length, "{header:?} of {length} bytes");
    }
    assert!(header.minzoom <= header.maxzoom, "{header:?}");
    assert!(header.bounds.iter().chain(&header.center).all(|degrees| degrees.is_finite()));
});
