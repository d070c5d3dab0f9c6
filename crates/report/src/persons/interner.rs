//! Maps items with few different values to small numbers.

use std::{collections::HashMap, hash::Hash};

use serde::{Deserialize, Serialize};

/// Numbers items in the order of their first appearance.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound(deserialize = "T: Deserialize<'de>", serialize = "T: Serialize"))]
pub struct Interner<T: Clone + Eq + Hash> {
    items: Vec<T>,
    #[serde(skip)]
    numbers: HashMap<T, u32>,
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The number of an item that already has one.
    pub fn known(&mut self, item: &T) -> Option<u32> {
        // Facts from a checkpoint do not have the lookup table yet.
        if self.numbers.len() < self.items.len() {
            self.numbers = self.items.iter().cloned().zip(0..).collect();
        }
        self.numbers.get(item).copied()
    }

    /// The number of an item.
    pub fn number(&mut self, item: &T) -> u32 {
        if let Some(number) = self.known(item) {
            return number;
        }
        let number = u32::try_from(self.items.len()).expect("there are few");
        self.items.push(item.clone());
        self.numbers.insert(item.clone(), number);
        number
    }

    /// The items in the order of their numbers.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The item with this number.
    pub fn get(&self, number: u32) -> &T {
        &self.items[number as usize]
    }
}

impl<T: Clone + Eq + Hash> Default for Interner<T> {
    fn default() -> Self {
        Self { items: Vec::new(), numbers: HashMap::new() }
    }
}
