//! The layer `vendors`: a point for each vendor from zoom 10 on, and clusters at lower zooms.

use rayon::prelude::*;
use tilecore::archive::WriteError;
use tilecore::layer::VENDORS;
use tilecore::{Cell, TileCoord};
use xxhash_rust::xxh3::xxh3_64;

use super::area_lookup::{AreaLookup, ContainingAreas};
use super::point_tiles::{PointTileBuilder, attribute_names};
use crate::config::VendorColumn;
use crate::polygons::AreaKind;
use crate::publish::feature_layer::{self, FeatureLayerMetadata};
use crate::tiles::archive::EncodedArchive;
use crate::tiles::feature_tile::FeatureTile;
use crate::vendors::grade::GradeScale;
use crate::vendors::vendor::Vendor;

/// The extent of a tile; a unit at zoom 14 is about half a metre.
const EXTENT: u32 = 1 << EXTENT_LEVELS;
const EXTENT_LEVELS: u8 = 12;
/// Level of the grid that positions are snapped to.
const POINT_LEVEL: u8 = VENDORS.maxzoom + EXTENT_LEVELS;
/// The lowest zoom that contains every vendor.
const UNCLUSTERED_ZOOM: u8 = 10;
/// At lower zooms one vendor represents all vendors of a cell; a tile has 32 × 32 cells.
const CLUSTER_LEVELS: u8 = 5;

/// The attributes in the order of their indices, with descriptions.
const ATTRIBUTES: [(&str, &str); 21] = [
    ("code", "Text: id, unique on its platform"),
    ("platform", "Text: tapsifood or snappfood"),
    ("city", "Number: the city's id"),
    ("line", "Text: business line"),
    ("grade", "Text: grade, or Ungraded"),
    ("radius_m", "Number: delivery radius in metres"),
    ("radius_assumed", "Number: 1 if the source has no radius"),
    ("status", "Number: 5 = active"),
    ("visible", "Number: 0 or 1"),
    ("area", "Number: id of the marketing area; the lowest of several"),
    ("region", "Number: id of the region"),
    ("neighbourhood", "Number: id of the neighbourhood"),
    ("cluster", "Number: nearby vendors that this point also represents"),
    ("name", "Text: name"),
    ("vendor_status", "Number: second status"),
    ("open", "Number: 0 or 1"),
    ("availability", "Number: 0 to 1"),
    ("own_delivery", "Number: 0 or 1"),
    ("ofood_delivery", "Number: 0 or 1"),
    ("is_express", "Number: 0 or 1"),
    ("is_dual", "Number: 0 or 1"),
];

/// A vendor, and its position on the Hilbert curve.
struct Point<'a> {
    key: u64,
    rank: u64,
    vendor: &'a Vendor,
    containing: &'a ContainingAreas,
}

/// The vendor with the lowest rank represents a cluster. The rank is the same at every zoom and in every
/// snapshot.
fn rank(vendor: &Vendor) -> u64 {
    xxh3_64(format!("{} {}", vendor.platform.as_str(), vendor.code).as_bytes())
}

/// The input of the layer.
pub(super) struct VendorLayer<'a> {
    pub(super) vendors: &'a [Vendor],
    pub(super) containing: &'a [ContainingAreas],
    pub(super) area_lookup: &'a AreaLookup<'a>,
    pub(super) lines: &'a [String],
    pub(super) grades: &'a GradeScale,
    pub(super) city_ids: &'a [i64],
    pub(super) columns: &'a [VendorColumn],
}

impl VendorLayer<'_> {
    /// Encodes the archive.
    pub(super) fn encode(&self) -> Result<EncodedArchive, WriteError> {
        let points = self.points();
        let mut tiles = Vec::new();
        for zoom in VENDORS.zooms() {
            let of_tile = |point: &Point<'_>| point.key >> (2 * (POINT_LEVEL - zoom));
            let groups: Vec<&[Point<'_>]> =
                points.chunk_by(|a, b| of_tile(a) == of_tile(b)).collect();
            let made = groups.into_par_iter().map_init(
                || {
                    PointTileBuilder::new(
                        &VENDORS,
                        EXTENT,
                        ATTRIBUTES.map(|(name, _)| name.to_owned()).to_vec(),
                    )
                },
                |builder, group| {
                    self.encode_tile(builder, TileCoord::at(zoom, of_tile(&group[0])), group)
                },
            );
            tiles.extend(made.collect::<Vec<FeatureTile>>());
        }
        let metadata = FeatureLayerMetadata {
            layer: VENDORS,
            fields: vec![feature_layer::fields(&ATTRIBUTES)],
            sum_of: Some("cluster"),
            extra: attribute_names(self.lines, self.grades),
        };
        feature_layer::encode(&tiles, metadata)
    }

    /// Every vendor along the curve; vendors at the same position are sorted by rank.
    fn points(&self) -> Vec<Point<'_>> {
        let vendors = self.vendors.par_iter().zip(self.containing);
        let mut points: Vec<_> = vendors
            .map(|(vendor, containing)| Point {
                key: Cell::at(POINT_LEVEL, vendor.position()).key().0,
                rank: rank(vendor),
                vendor,
                containing,
            })
            .collect();
        points.par_sort_unstable_by_key(|point| (point.key, point.rank));
        points
    }

    fn encode_tile(
        &self,
        builder: &mut PointTileBuilder,
        coord: TileCoord,
        points: &[Point<'_>],
    ) -> FeatureTile {
        let zoom = coord.z();
        if zoom >= UNCLUSTERED_ZOOM {
            for point in points {
                self.add_point(builder, zoom, point, 0);
            }
            return builder.finish(coord, points.len(), 0.0);
        }
        let of_cell = |point: &Point<'_>| point.key >> (2 * (POINT_LEVEL - zoom - CLUSTER_LEVELS));
        let (mut features, mut hidden) = (0, 0);
        for near in points.chunk_by(|a, b| of_cell(a) == of_cell(b)) {
            if let Some(first) = near.iter().min_by_key(|point| (point.rank, point.key)) {
                self.add_point(builder, zoom, first, near.len() - 1);
                features += 1;
                hidden += near.len() - 1;
            }
        }
        builder.finish(coord, features, hidden as f64)
    }

    fn add_point(
        &self,
        builder: &mut PointTileBuilder,
        zoom: u8,
        point: &Point<'_>,
        cluster: usize,
    ) {
        let Point { vendor, containing, .. } = point;
        let (column, row) = tilecore::hilbert::square(POINT_LEVEL, point.key);
        let shift = VENDORS.maxzoom - zoom;
        let within = |place: u32| (place >> shift) % EXTENT;
        let area = |kind| {
            containing.of(kind).first().map(|&area| self.area_lookup.areas[area as usize].id.get())
        };
        let publishes = |column| self.columns.contains(&column);
        let flag = |value: Option<bool>| value.map(u64::from);
        builder.encoder.point(within(column), within(row), |tags| {
            tags.push_text(0, &vendor.code);
            tags.push_text(1, vendor.platform.as_str());
            tags.push_decimal(2, self.city_ids[vendor.city] as f64);
            tags.push_text(3, &self.lines[usize::from(vendor.line)]);
            tags.push_text(4, self.grades.name(vendor.grade));
            tags.push(5, u64::from(vendor.radius_m));
            if publishes(VendorColumn::Name) {
                tags.push_text(13, &vendor.name);
            }
            let second = vendor.vendor_status.filter(|_| publishes(VendorColumn::VendorStatus));
            let availability =
                vendor.availability.filter(|_| publishes(VendorColumn::Availability));
            for (attribute, value) in
                [(7, vendor.status.map(f64::from)), (14, second.map(f64::from)), (16, availability)]
            {
                if let Some(value) = value {
                    tags.push_decimal(attribute, value);
                }
            }
            let optional = |column, value: Option<u64>| value.filter(|_| publishes(column));
            for (attribute, value) in [
                (6, vendor.is_radius_assumed.then_some(1)),
                (8, flag(vendor.visible)),
                (9, area(AreaKind::Marketing)),
                (10, area(AreaKind::Region)),
                (11, area(AreaKind::Neighbourhood)),
                (12, (cluster > 0).then_some(cluster as u64)),
                (15, optional(VendorColumn::Open, flag(vendor.open))),
                (17, optional(VendorColumn::OwnDelivery, flag(vendor.own_delivery))),
                (18, optional(VendorColumn::OfoodDelivery, flag(vendor.ofood_delivery))),
                (19, optional(VendorColumn::IsExpress, flag(vendor.is_express))),
                (20, optional(VendorColumn::IsDual, flag(vendor.is_dual))),
            ] {
                if let Some(value) = value {
                    tags.push(attribute, value);
                }
            }
        });
    }
}
