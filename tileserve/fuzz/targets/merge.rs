//! Composed tiles: a merged tile has exactly the layers of its parts, for any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tilecore::mvt::{MergeError, decode, merge};

fn names(tile: &[u8]) -> Option<Vec<String>> {
    let layers = decode(tile).ok()?;
    Some(layers.iter().map(|layer| layer.name.to_owned()).collect())
}

fuzz_target!(|input: (&[u8], &[u8])| {
    let (one, two) = input;
    let merged = merge(&[one, two]);
    if let (Some(mut of_one), Some(of_two)) = (names(one), names(two)) {
        of_one.extend(of_two);
        let mut sorted = of_one.clone();
        sorted.sort_unstable();
        let is_clashing = sorted.windows(2).any(|pair| pair[0] == pair[1]);
        match &merged {
            Ok(merged) => {
                assert!(!is_clashing);
                assert_eq!(names(merged), Some(of_one));
            }
            Err(error) => {
                assert!(
                    is_clashing && matches!(error, MergeError::DuplicateLayer { .. }),
                    "{error}"
                );
            }
        }
    }
    if let Ok(merged) = merged {
        assert_eq!(merged, [one, two].concat());
    }
});
