//! Repeatable randomness: the same seed and counters give the same draws on every machine.
//!
//! Nothing here is fit for secrets. Tokens of the simulator are made from it too, because they guard
//! nothing and a repeatable token makes a repeatable test.

/// Mixes a seed and a counter into 64 even-looking bits (the SplitMix64 finaliser).
pub(crate) fn mix(seed: u64, counter: u64) -> u64 {
    let mut value = seed.wrapping_add(counter.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A draw in `[0, 1)`.
pub(crate) fn unit(seed: u64, counter: u64) -> f64 {
    // 53 bits are what a double holds exactly.
    (mix(seed, counter) >> 11) as f64 / (1u64 << 53) as f64
}
