//! Counters with a compact serialisation.

use std::ops::{AddAssign, Range};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// `COUNT` counters. They take no memory until something is counted.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Counters<const COUNT: usize>(Vec<u32>);

impl<const COUNT: usize> Counters<COUNT> {
    /// All counters, for writing.
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

    /// Some of the counters; an empty slice if nothing was counted.
    pub fn range(&self, range: Range<usize>) -> &[u32] {
        self.0.get(range).unwrap_or_default()
    }

    /// The counter at this index.
    pub fn get(&self, number: usize) -> u32 {
        self.0.get(number).copied().unwrap_or(0)
    }

    pub fn without_below(&self, min_count: u64) -> Self {
        let keep = |&count: &u32| if u64::from(count) < min_count { 0 } else { count };
        Self(self.0.iter().map(keep).collect())
    }
}

impl<const COUNT: usize> AddAssign<&Self> for Counters<COUNT> {
    fn add_assign(&mut self, other: &Self) {
        if !other.0.is_empty() {
            let pairs = self.all().iter_mut().zip(&other.0);
            pairs.for_each(|(counter, more)| *counter = counter.saturating_add(*more));
        }
    }
}

/// Writes a flat list of numbers in pairs. Each pair is the number of zero counters to skip and the
/// count of the next counter.
impl<const COUNT: usize> Serialize for Counters<COUNT> {
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

impl<'de, const COUNT: usize> Deserialize<'de> for Counters<COUNT> {
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
