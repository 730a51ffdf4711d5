//! The cities of orders: their numbers and bounds, by their ids.

use std::collections::HashMap;

use tilecore::manifest::City;

/// The number and the bounds (west, south, east, north in degrees) of a city.
pub(super) type NumberedCity = (usize, [f64; 4]);

/// The configured cities by id.
pub(super) struct Cities(HashMap<i64, NumberedCity>);

impl Cities {
    pub(super) fn new(cities: &[City]) -> Self {
        let numbered = cities.iter().enumerate();
        Self(numbered.map(|(number, city)| (city.id, (number, city.bounds))).collect())
    }
}

/// The id, number and bounds of the city of the last row: most rows have the same city as the row before.
#[derive(Default)]
pub(super) struct LastCity(Option<(i64, NumberedCity)>);

impl LastCity {
    #[inline]
    pub(super) fn find(&mut self, id: i64, cities: &Cities) -> Option<NumberedCity> {
        if let Some((last, found)) = self.0
            && last == id
        {
            return Some(found);
        }
        let found = *cities.0.get(&id)?;
        self.0 = Some((id, found));
        Some(found)
    }

    /// Whether the city contains a position.
    pub(super) fn contains(&self, lng: Option<f64>, lat: Option<f64>) -> bool {
        let (Some((_, (_, [west, south, east, north]))), Some(lng), Some(lat)) = (self.0, lng, lat)
        else {
            return false;
        };
        (west..=east).contains(&lng) && (south..=north).contains(&lat)
    }
}
