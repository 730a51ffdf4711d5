use proptest::prelude::*;

use super::*;

use crate::orders::lines::LineNames;
use crate::orders::order::Organic;
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::spill::SpillWriter;
use crate::orders::validate::{OrderIds, ValidOrders};

/// Orders with these ids, in segments of ten.
fn spill(ids: &[i64], as_text: bool) -> OrderSpill {
    let city = &crate::config::Config::load(None).unwrap().cities[0];
    let [west, south, ..] = city.bounds;
    let partitions = Partitions::covering(std::slice::from_ref(city));
    let key = tilecore::Cell::at(
        tilecore::DEEPEST_LEVEL,
        tilecore::LngLat { lng: west + 0.01, lat: south + 0.01 },
    );
    let writer = SpillWriter::new(None).unwrap();
    for (segment, ids) in ids.chunks(10).enumerate() {
        let order = |at: usize| {
            let days_back = (segment * 7 + at) as u16 % 30;
            PackedOrder::new(key.key(), 0, days_back, Organic::Yes, true).0
        };
        let text = |id: &i64| xxhash_rust::xxh3::xxh3_128(id.to_string().as_bytes());
        let orders = ValidOrders {
            packed: (0..ids.len()).map(order).collect(),
            users: (0..ids.len()).map(|at| (segment * 10 + at) as u64).collect(),
            ids: if as_text {
                OrderIds::Texts(ids.iter().map(text).collect())
            } else {
                OrderIds::Integers(ids.to_vec())
            },
            ..ValidOrders::default()
        };
        writer.add(orders, &partitions).unwrap();
    }
    writer.finish()
}

proptest! {
    #[test]
    fn duplicates_do_not_depend_on_memory(
        ids in proptest::collection::vec(prop_oneof![0i64..40, 0i64..1 << 60], 1..200),
        as_text in any::<bool>(),
    ) {
        let spill = spill(&ids, as_text);
        let lines = LineNames::default();
        lines.code("Cafe").unwrap();
        let lines = lines.assign_indices(&[]).unwrap();
        let expected = find_duplicates(&spill, &lines, &[], u64::MAX).unwrap();
        let distinct: HashSet<_> = ids.iter().collect();
        prop_assert_eq!(expected.count() as usize, ids.len() - distinct.len());
        for memory_bytes in [1, 500, 4000] {
            let found = find_duplicates(&spill, &lines, &[], memory_bytes).unwrap();
            prop_assert_eq!(&found.0, &expected.0, "{} bytes", memory_bytes);
        }
    }

    #[test]
    fn ranges_contain_every_position_that_is_not_excluded(
        gaps in proptest::collection::btree_set(0u32..60, 0..20), start in 0usize..60, len in 0usize..60
    ) {
        let range = start..(start + len).min(60);
        let excluded: Vec<_> = gaps.iter().copied().collect();
        let found: Vec<_> = ranges_without(&excluded, range.clone()).flatten().collect();
        let expected: Vec<_> = range.filter(|&at| !gaps.contains(&(at as u32))).collect();
        prop_assert_eq!(found, expected);
    }
}
