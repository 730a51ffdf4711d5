use fast_mvt::{MvtReaderRef, MvtValueRef};
use proptest::prelude::*;

use super::*;

type Point = (u32, u32, Vec<(usize, u64)>);

fn points() -> impl Strategy<Value = Vec<Point>> {
    let value = prop_oneof![0u64..10, 0u64..10_000, any::<u64>()];
    let tags = proptest::collection::btree_map(0usize..12, value, 0..12);
    let point = (0u32..128, 0u32..128, tags.prop_map(|tags| tags.into_iter().collect()));
    proptest::collection::vec(point, 1..50)
}

fn keys() -> Vec<String> {
    (0..12).map(|index| format!("key-{index}")).collect()
}

fn encode(encoder: &mut PointLayerEncoder, points: &[Point]) -> Vec<u8> {
    for (x, y, tags) in points {
        encoder.point(*x, *y, |out| tags.iter().for_each(|&(key, value)| out.push(key, value)));
    }
    encoder.finish()
}

proptest! {
    #[test]
    fn an_independent_decoder_reads_encoded_tiles(points in points()) {
        let tile = encode(&mut PointLayerEncoder::new("density", 128, keys()), &points);
        let reader = MvtReaderRef::new(&tile).unwrap();
        let layer = reader.layers().next().unwrap();
        prop_assert_eq!((layer.name(), layer.extent(), layer.version()), ("density", 128, 2));
        prop_assert_eq!(layer.feature_count(), points.len());
        for (feature, (x, y, tags)) in layer.features().zip(&points) {
            prop_assert_eq!(feature.geometry_commands(), &[9, x << 1, y << 1]);
            let found: Vec<_> = feature.properties_vec().unwrap();
            prop_assert_eq!(found.len(), tags.len());
            for ((key, value), (wanted_key, wanted)) in found.into_iter().zip(tags) {
                prop_assert_eq!(key, &keys()[*wanted_key]);
                prop_assert!(matches!(value, MvtValueRef::UInt(found) if found == *wanted));
            }
        }
    }

    #[test]
    fn our_decoder_reads_encoded_tiles(points in points()) {
        let tile = encode(&mut PointLayerEncoder::new("density", 128, keys()), &points);
        let layers = decode(&tile).unwrap();
        let found: Vec<Point> = layers[0]
            .features()
            .map(|feature| {
                let feature = feature.unwrap();
                let (x, y) = feature.point().unwrap();
                let tag = |pair: Result<(usize, usize), _>| {
                    let (key, value) = pair.unwrap();
                    let Value::Uint(value) = layers[0].values[value] else { panic!("no number") };
                    let name = layers[0].keys[key];
                    (keys().iter().position(|key| key == name).unwrap(), value)
                };
                (x as u32, y as u32, layers[0].tags(feature).map(tag).collect())
            })
            .collect();
        prop_assert_eq!(found, points);
    }

    #[test]
    fn a_reused_encoder_writes_the_same_bytes_as_a_new_one(first in points(), second in points()) {
        let mut used = PointLayerEncoder::new("density", 128, keys());
        encode(&mut used, &first);
        let fresh = encode(&mut PointLayerEncoder::new("density", 128, keys()), &second);
        prop_assert_eq!(encode(&mut used, &second), fresh);
    }

    #[test]
    fn the_decoder_never_panics(bytes: Vec<u8>) {
        if let Ok(layers) = decode(&bytes) {
            for layer in &layers {
                for feature in layer.features().flatten() {
                    let _ = (feature.point(), layer.tags(feature).count());
                }
            }
        }
    }

    #[test]
    fn a_truncated_tile_is_rejected(points in points(), share in 0.01f64..0.99) {
        let tile = encode(&mut PointLayerEncoder::new("density", 128, keys()), &points);
        let cut = ((tile.len() as f64 * share) as usize).max(1);
        prop_assert!(decode(&tile[..cut]).is_err());
    }
}

#[test]
fn equal_texts_and_decimals_share_a_value() {
    let mut encoder = PointLayerEncoder::new("vendors", 4096, keys());
    for round in 0..2 {
        for x in [1, 2] {
            encoder.point(x, 7, |tags| {
                tags.push_text(0, "نان سنگک");
                tags.push(1, 5);
                tags.push_decimal(2, 0.1 + 0.2);
                tags.push_text(3, "");
            });
        }
        let tile = encoder.finish();
        let layers = decode(&tile).unwrap();
        let wanted =
            [Value::Text("نان سنگک"), Value::Uint(5), Value::Double(0.1 + 0.2), Value::Text("")];
        assert_eq!(layers[0].values, wanted, "round {round}");
        let foreign = MvtReaderRef::new(&tile).unwrap();
        for feature in foreign.layers().next().unwrap().features() {
            let found = feature.properties_vec().unwrap();
            let values: Vec<_> = found.into_iter().map(|(_, value)| format!("{value:?}")).collect();
            assert_eq!(values.len(), 4, "round {round}");
            assert!(values[0].contains("نان سنگک") && values[2].contains("0.30000000000000004"));
        }
    }
}

/// A tile with one feature of a kind, from its commands.
fn tile_of(kind: u8, commands: &[u8]) -> Vec<u8> {
    let mut feature = vec![3 << 3, kind, 4 << 3 | 2, commands.len() as u8];
    feature.extend_from_slice(commands);
    let mut layer = vec![15 << 3, 2, 1 << 3 | 2, 1, b'a', 2 << 3 | 2, feature.len() as u8];
    layer.extend_from_slice(&feature);
    let mut tile = vec![3 << 3 | 2, layer.len() as u8];
    tile.extend_from_slice(&layer);
    tile
}

fn parts_of(kind: u8, commands: &[u8]) -> Result<Vec<Vec<(i64, i64)>>, DecodeError> {
    let tile = tile_of(kind, commands);
    let layers = decode(&tile)?;
    layers[0].features().next().unwrap()?.parts()
}

#[test]
fn geometries_follow_the_standard() {
    // The examples of MVT 2.1, section 4.3.5.
    assert_eq!(parts_of(1, &[9, 50, 34]), Ok(vec![vec![(25, 17)]]));
    assert_eq!(parts_of(1, &[17, 10, 14, 3, 9]), Ok(vec![vec![(5, 7), (3, 2)]]));
    let lines = [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8];
    let expected = vec![vec![(2, 2), (2, 10), (10, 10)], vec![(1, 1), (3, 5)]];
    assert_eq!(parts_of(2, &lines), Ok(expected));
    assert_eq!(
        parts_of(3, &[9, 6, 12, 18, 10, 12, 24, 44, 15]),
        Ok(vec![vec![(3, 6), (8, 12), (20, 34)]])
    );
}

#[test]
fn geometries_that_the_standard_forbids_are_rejected() {
    for (kind, commands, fault) in [
        (1, &[][..], "no commands"),
        (1, &[9, 50], "half a position"),
        (1, &[9, 2, 2, 9, 2, 2], "two commands for points"),
        (2, &[9, 2, 2], "a line of one position"),
        (3, &[9, 6, 12, 18, 10, 12, 24, 44], "an open ring"),
        (3, &[9, 6, 12, 10, 10, 12, 15], "a ring of two positions"),
        (3, &[15], "a close without a ring"),
        (0, &[9, 50, 34], "an unknown type"),
        (1, &[0xf9, 0xff, 0xff, 0xff, 0x0f, 2, 2], "more positions than bytes"),
    ] {
        assert_eq!(parts_of(kind, commands), Err(DecodeError::Geometry), "{fault}");
    }
}

proptest! {
    #[test]
    fn a_merged_tile_has_the_layers_of_all_tiles(one in points(), two in points()) {
        let one = encode(&mut PointLayerEncoder::new("one", 128, keys()), &one);
        let two = encode(&mut PointLayerEncoder::new("two", 4096, keys()), &two);
        let merged = merge(&[&one, &two]).unwrap();
        let reader = MvtReaderRef::new(&merged).unwrap();
        let found: Vec<_> = reader.layers().map(|layer| (layer.name().to_owned(), layer.extent(), layer.feature_count())).collect();
        let alone = |tile: &[u8]| MvtReaderRef::new(tile).unwrap().layers().next().unwrap().feature_count();
        prop_assert_eq!(found, vec![("one".to_owned(), 128, alone(&one)), ("two".to_owned(), 4096, alone(&two))]);
        let twice = MergeError::DuplicateLayer { name: "one".to_owned() };
        prop_assert_eq!(merge(&[&one, &two, &one]), Err(twice));
    }

    #[test]
    fn an_invalid_tile_is_not_merged(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let tile = encode(&mut PointLayerEncoder::new("one", 128, keys()), &[(1, 1, vec![])]);
        if let Ok(merged) = merge(&[&tile, &bytes]) {
            prop_assert_eq!(merged.len(), tile.len() + bytes.len());
        }
    }
}
