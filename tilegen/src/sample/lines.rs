//! The current business lines.

/// A business line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: &'static str,
    /// Share of the orders.
    pub(super) orders: f64,
    /// Share of the vendors.
    pub(super) vendors: f64,
    /// Words that precede the name of a vendor of this line.
    pub(super) titles: &'static [&'static str],
}

pub(super) const LINES: [Line; 7] = [
    Line {
        name: "Restaurant",
        orders: 0.55,
        vendors: 0.46,
        titles: &["رستوران", "کبابی", "پیتزا", "فست‌فود", "تهیه غذای"],
    },
    Line { name: "Cafe", orders: 0.12, vendors: 0.14, titles: &["کافه", "کافی‌شاپ"] },
    Line { name: "Bakery", orders: 0.09, vendors: 0.12, titles: &["نانوایی", "نان"] },
    Line {
        name: "Ice Cream and Juice Shop",
        orders: 0.08,
        vendors: 0.08,
        titles: &["آبمیوه و بستنی", "بستنی"],
    },
    Line { name: "Pastry", orders: 0.07, vendors: 0.09, titles: &["قنادی", "شیرینی"] },
    Line {
        name: "Fruit Shop",
        orders: 0.05,
        vendors: 0.06,
        titles: &["میوه‌فروشی", "میوه و تره‌بار"],
    },
    Line {
        name: "Meat Shop", orders: 0.04, vendors: 0.05, titles: &["پروتئینی", "قصابی"]
    },
];
