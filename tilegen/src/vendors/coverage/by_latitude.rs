//! Circles sorted from south to north.

use super::circle::Circle;

/// Circles sorted from south to north, to find those that can intersect a row.
pub(super) struct ByLatitude {
    circles: Vec<Circle>,
    max_reach: f64,
}

impl ByLatitude {
    pub(super) fn new(circles: &[Circle]) -> Self {
        let mut circles = circles.to_vec();
        circles.sort_by(|a, b| a.at.lat.total_cmp(&b.at.lat));
        let reach = |circle: &Circle| circle.latitude_range().1 - circle.at.lat;
        let max_reach = circles.iter().map(reach).fold(0.0, f64::max);
        Self { circles, max_reach }
    }

    pub(super) fn near(&self, lat: f64) -> &[Circle] {
        let first = self.circles.partition_point(|circle| circle.at.lat < lat - self.max_reach);
        let end = self.circles.partition_point(|circle| circle.at.lat <= lat + self.max_reach);
        &self.circles[first..end]
    }
}
