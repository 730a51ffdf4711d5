//! The keys of the columns of an order, for error messages.

/// The key of a column under `[orders.columns]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKey {
    /// `order_id`
    OrderId,
    /// `city`
    City,
    /// `line`
    Line,
    /// `lng`
    Lng,
    /// `lat`
    Lat,
    /// `user`
    User,
    /// `organic`
    Organic,
    /// `time`
    Time,
}

impl ColumnKey {
    /// The key as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderId => "order_id",
            Self::City => "city",
            Self::Line => "line",
            Self::Lng => "lng",
            Self::Lat => "lat",
            Self::User => "user",
            Self::Organic => "organic",
            Self::Time => "time",
        }
    }

    /// What the column contains.
    #[must_use]
    pub const fn content(self) -> &'static str {
        match self {
            Self::OrderId => "the ids of the orders",
            Self::City => "the ids of the cities",
            Self::Line => "the business lines",
            Self::Lng => "the longitudes",
            Self::Lat => "the latitudes",
            Self::User => "the ids of the customers",
            Self::Organic => "whether the orders are organic",
            Self::Time => "the times of the orders",
        }
    }

    /// What to write in the configuration if there is no such column, as the end of a sentence.
    #[must_use]
    pub const fn without_column(self) -> &'static str {
        match self {
            Self::OrderId => ", or order_id = { absent = true } if there is none",
            Self::City => {
                ", or city = { constant = 2 } if all orders are in the city with the id 2"
            }
            Self::Line => ", or line = { constant = \"Restaurant\" } if there is one business line",
            Self::Organic => ", or organic = { constant = 0 } if no order is organic",
            Self::Lng | Self::Lat | Self::User | Self::Time => "",
        }
    }
}
