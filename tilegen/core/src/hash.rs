//! Hashes and pseudo-random numbers from integers.
//!
//! Published bytes and the demo data depend on the results, so this code is written here: a library
//! might change its results in a new version.

/// 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;

/// The Fibonacci hash of a number. Its high bits are evenly distributed for consecutive numbers.
///
/// ```
/// use tilecore::hash::fibonacci;
///
/// let top_bits: Vec<_> = (0..4).map(|number| fibonacci(number) >> 62).collect();
/// assert_eq!(top_bits, [0, 2, 0, 3]);
/// ```
#[inline]
#[must_use]
pub const fn fibonacci(number: u64) -> u64 {
    number.wrapping_mul(GOLDEN_RATIO)
}

/// The finaliser of `SplitMix64`: a bijection of the 64-bit numbers in which every input bit affects
/// every output bit.
#[inline]
#[must_use]
pub const fn mix(number: u64) -> u64 {
    let a = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    b ^ (b >> 31)
}

/// The pseudo-random number generator `SplitMix64` (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// A generator with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    #[inline]
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_RATIO);
        mix(self.state)
    }

    /// The next number, uniform in 0 ≤ x < 1.
    #[inline]
    pub const fn next_unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix64_gives_the_numbers_of_the_reference_implementation() {
        let mut random = SplitMix64::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([random.next_u64(), random.next_u64()], expected);
    }

    #[test]
    fn units_are_below_1() {
        let mut random = SplitMix64::new(7);
        assert!((0..1000).all(|_| (0.0..1.0).contains(&random.next_unit())));
    }
}
