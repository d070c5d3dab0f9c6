//! A pair is the same on every run. Each damage changes its own side only.

use std::collections::BTreeSet;

use super::{
    Case, EVERYTHING, LAYOUTS, LEAKED, Layout, People, PlacedDamage, Side, Trace, damages,
};

#[test]
fn a_pair_is_the_same_on_every_run() {
    let [one, other] =
        [(); 2].map(|()| Case { seed: 3, layout: &EVERYTHING, placed: None }.pair(&People::of(3)));
    assert_eq!((one.leak, one.members), (other.leak, other.members));
    assert_eq!(one.leaked, other.leaked);
    assert_eq!(one.leaked.len(), LEAKED);
}

/// The position of a layout in the list.
fn place_of(layout: &Layout) -> usize {
    let place = LAYOUTS.iter().position(|other| other.name == layout.name);
    place.expect("it is one of them")
}

#[test]
fn each_damage_changes_its_file() {
    let people = People::of(1);
    let leak = |layout, placed| Case { seed: 1, layout, placed }.pair(&people).leak;
    let sound: Vec<_> = LAYOUTS.iter().map(|layout| leak(layout, None)).collect();
    for damage in damages() {
        let is_changed = damage.places().any(|(layout, field)| {
            let placed = PlacedDamage { damage, field, sides: &[Side::Leak], share: 100 };
            leak(layout, Some(placed)) != sound[place_of(layout)]
        });
        assert!(is_changed, "{}", damage.name);
    }
}

#[test]
fn no_damage_changes_the_other_file() {
    /// Each side, and the position of the other file.
    const SIDES: [(&[Side], usize); 2] = [(&[Side::Leak], 1), (&[Side::Members], 0)];
    // There are thousands of cases, so each has few people.
    const FEW: usize = 40;
    let mut people = People::of(1);
    people.members.truncate(FEW);
    people.leak.truncate(FEW);
    people.leaked.retain(|&place| place < FEW);
    let files = |layout, placed| {
        let pair = Case { seed: 1, layout, placed }.pair(&people);
        [pair.leak, pair.members]
    };
    let sound: Vec<_> = LAYOUTS.iter().map(|layout| files(layout, None)).collect();
    for damage in damages() {
        for (layout, field) in damage.places() {
            for (sides, other) in SIDES {
                let placed = PlacedDamage { damage, field, sides, share: 100 };
                let is_same = files(layout, Some(placed))[other] == sound[place_of(layout)][other];
                assert!(is_same, "{}, {}, {field}, {sides:?}", damage.name, layout.name);
            }
        }
    }
}

#[test]
fn a_damage_changes_the_requested_share_of_rows() {
    let damage =
        damages().find(|damage| damage.name == "three crosses").expect("it is one of them");
    let (layout, field) = damage.places().next().expect("it fits a column");
    let people = People::of(2);
    for (share, expected) in [(1, 20), (5, 100), (20, 400), (100, 2_000)] {
        let placed = PlacedDamage { damage, field, sides: &[Side::Members], share };
        let pair = Case { seed: 2, layout, placed: Some(placed) }.pair(&people);
        let members = String::from_utf8_lossy(&pair.members);
        assert_eq!(members.lines().filter(|line| line.contains("xxx")).count(), expected);
    }
}

#[test]
fn damages_have_unique_names_and_more_than_thirty_are_noticeable() {
    let names: BTreeSet<&str> = damages().map(|damage| damage.name).collect();
    assert_eq!(names.len(), damages().count());
    assert!(damages().filter(|damage| damage.trace == Trace::Noticeable).count() > 30);
}
