//! Postcodes and their populations.

use super::{normal, shares::Shares};
use crate::random::Random;

/// The number of regions. The first two digits of a postcode identify one.
pub const REGIONS: usize = 95;

/// The number of postcodes per region. Germany has 8,200 in all.
const PER_REGION: usize = 86;

/// Pairs of digits that begin no postcode.
const UNUSED: [u32; 5] = [0, 5, 11, 43, 62];

/// All postcodes with their shares.
pub struct Places {
    postal_codes: Vec<u32>,
    shares: Shares,
    weights: Vec<f64>,
}

impl Places {
    /// Postcodes spread evenly over each region. Most are villages, some are parts of cities.
    pub fn new(model: &mut Random) -> Self {
        let regions = (0..100).filter(|region| !UNUSED.contains(region));
        let codes = regions.flat_map(|region| {
            (0..).step_by(11).take(PER_REGION).map(move |place| region * 1000 + 32 + place)
        });
        let postal_codes: Vec<u32> = codes.collect();
        let weights: Vec<f64> = postal_codes.iter().map(|_| (0.8 * normal(model)).exp()).collect();
        Self { postal_codes, shares: Shares::new(&weights), weights }
    }

    /// The number of the place for 32 random bits.
    pub fn pick(&self, drawn: u32) -> usize {
        self.shares.pick(drawn)
    }

    /// The number of a place's region, below [`REGIONS`].
    pub fn region(place: usize) -> usize {
        place / PER_REGION
    }

    /// The postcode of a place.
    pub fn postal_code(&self, place: usize) -> u32 {
        self.postal_codes[place]
    }

    /// The weights of the regions.
    pub fn region_weights(&self) -> Vec<f64> {
        self.weights.chunks(PER_REGION).map(|places| places.iter().sum()).collect()
    }
}
