//! A pair is the same on every run. Each damage changes its own side only.

use std::collections::BTreeSet;

use super::{Case, EVERYTHING, LAYOUTS, LEAKED, People, PlacedDamage, Side, Trace, damages};

#[test]
fn a_pair_is_the_same_on_every_run() {
    let [one, other] =
        [(); 2].map(|()| Case { seed: 3, layout: &EVERYTHING, placed: None }.pair(&People::of(3)));
    assert_eq!((one.leak, one.members), (other.leak, other.members));
    assert_eq!(one.leaked, other.leaked);
    assert_eq!(one.leaked.len(), LEAKED);
}

#[test]
fn each_damage_changes_only_its_side() {
    let people = People::of(1);
    let pair = |layout, placed| Case { seed: 1, layout, placed }.pair(&people);
    let sound: Vec<_> = LAYOUTS.iter().map(|layout| pair(layout, None)).collect();
    for damage in damages() {
        let is_changed = damage.places().any(|(layout, field)| {
            let placed = PlacedDamage { damage, field, sides: &[Side::Leak], share: 100 };
            let pair = pair(layout, Some(placed));
            let place = LAYOUTS.iter().position(|other| other.name == layout.name);
            let sound = &sound[place.expect("it is one of them")];
            assert!(pair.members == sound.members, "{}", damage.name);
            pair.leak != sound.leak
        });
        assert!(is_changed, "{}", damage.name);
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
