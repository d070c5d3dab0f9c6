//! The counters of a profile.

use std::ops::AddAssign;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::feature::Feature;

/// How many counters a profile has.
const COUNT: usize = Feature::END;

/// Counters of all features. They take no memory before the first value is counted.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Counters(Vec<u32>);

impl Counters {
    /// All counters, to add to.
    #[inline]
    pub fn all(&mut self) -> &mut [u32; COUNT] {
        if self.0.is_empty() {
            self.0.resize(COUNT, 0);
        }
        self.0.first_chunk_mut().expect("there are as many")
    }

    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    /// The counters of a feature; an empty slice if nothing was counted.
    pub fn of(&self, feature: Feature) -> &[u32] {
        self.0.get(feature.range()).unwrap_or_default()
    }

    pub fn without_below(&self, fewest: u64) -> Self {
        let keep = |&count: &u32| if u64::from(count) < fewest { 0 } else { count };
        Self(self.0.iter().map(keep).collect())
    }
}

impl AddAssign<&Counters> for Counters {
    fn add_assign(&mut self, other: &Self) {
        if !other.0.is_empty() {
            let pairs = self.all().iter_mut().zip(&other.0);
            pairs.for_each(|(own, more)| *own = own.saturating_add(*more));
        }
    }
}

/// Writes JSON: pairs in one list, of how many counters of 0 are passed over and the count of the next.
impl Serialize for Counters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut pairs, mut passed_over) = (Vec::new(), 0);
        for &count in &self.0 {
            if count == 0 {
                passed_over += 1;
            } else {
                pairs.extend([passed_over, count]);
                passed_over = 0;
            }
        }
        pairs.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Counters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<u32>::deserialize(deserializer)?;
        let mut counters = Self::default();
        let mut place = 0_usize;
        let (pairs, rest) = pairs.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(D::Error::custom("a counter has no place"));
        }
        for &[passed_over, count] in pairs {
            place = place.saturating_add(passed_over as usize);
            let counter = counters.all().get_mut(place);
            *counter.ok_or_else(|| D::Error::custom("there is no such counter"))? = count;
            place += 1;
        }
        Ok(counters)
    }
}
