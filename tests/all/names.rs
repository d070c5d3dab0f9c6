//! Names as people write them: records of one person match, and strangers do not.

use leakdex::{Field, Normaliser, Outcome, Reason, Record, Strength, Verdict};

use crate::support::{index_of, key};

/// A record with these names and a fixed date of birth.
fn record(names: &str) -> Record {
    let mut record = Record::new().birth_date("1.2.1970");
    for name in names.split('|') {
        let (field, value) = name.split_once('=').expect("a field and its value");
        record.push(field.parse().expect("a field"), value);
    }
    record
}

/// The strength at which a member matches a leaked record by names and date of birth.
fn strength(leaked: &str, member: &str) -> Option<Strength> {
    match index_of(&key(), &[record(leaked)]).check(&record(member)) {
        Verdict::Affected(finding) => Some(finding.strength()),
        Verdict::NotAffected(_) | Verdict::Indeterminate(_) => None,
    }
}

#[track_caller]
fn assert_matches(pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        for (leaked, member) in [(one, other), (other, one)] {
            assert!(strength(leaked, member).is_some(), "{leaked}, {member}");
        }
    }
}

#[track_caller]
fn assert_strangers(pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        assert_eq!(strength(one, other), None, "{one}, {other}");
    }
}

fn outcome(field: Field, raw: &str) -> (Outcome, String) {
    let mut normal_form = String::new();
    let outcome = Normaliser::new().normalise(field, raw, &mut normal_form);
    (outcome, normal_form)
}

#[track_caller]
fn assert_forms(field: Field, form: &str, cells: &[&str]) {
    for cell in cells {
        assert_eq!(outcome(field, cell), (Outcome::Ok, form.to_owned()), "{cell}");
    }
}

#[test]
fn a_salutation_is_nobodys_first_name() {
    assert_matches(&[
        ("name=Herr Karl Müller", "last-name=Müller|first-name=Karl"),
        ("name=Müller, Herr Karl", "last-name=Müller|first-name=Karl"),
        ("last-name=Frau Müller|first-name=Eva", "name=Frau Dr. Eva Müller"),
        ("last-name=Müller|first-name=Frl. Eva", "name=Mrs. Eva Müller"),
        ("name=z. Hd. Herrn Karl Müller", "name=Müller, Karl"),
        ("name=Sir Paul Smith", "name=Monsieur Paul Smith"),
    ]);
    assert_strangers(&[
        ("name=Herr Karl Müller", "name=Herr Otto Müller"),
        ("last-name=Müller|first-name=Herr", "last-name=Müller|first-name=Herr"),
    ]);
}

#[test]
fn a_salutation_alone_is_not_a_name() {
    for cell in ["Frau", "Hr.", "Familie", "Mrs.", "Herr Dr.", "z. Hd. Frau"] {
        for field in [Field::LastName, Field::FirstName, Field::Name] {
            assert!(matches!(outcome(field, cell).0, Outcome::Invalid(_)), "{field}: {cell}");
        }
    }
    // Here, `Herr` is a family name.
    assert_eq!(outcome(Field::Name, "Herr, Michael").1, "herr, michael");
    assert_eq!(outcome(Field::Name, "Michael Herr").1, "herr, michael");
}

#[test]
fn a_name_at_birth_counts_beside_the_last_name() {
    for cell in [
        "Müller geb. Schmidt",
        "Müller, geb. Schmidt",
        "Müller (geb. Schmidt)",
        "Müller geborene Schmidt",
        "Müller née Schmidt",
        "Müller verw. Schmidt",
        "Müller verwitwete Schmidt",
        "Müller gesch. Schmidt",
        "Müller ehem. Schmidt",
        "Müller vorm. Schmidt",
        "Müller früher Schmidt",
        "Müller verh. Schmidt",
        "Müller (Schmidt)",
        "Müller; Schmidt",
    ] {
        let leaked = format!("last-name={cell}|first-name=Eva");
        for last in ["Müller", "Schmidt"] {
            assert_matches(&[(&leaked, &format!("last-name={last}|first-name=Eva"))]);
        }
    }
}

#[test]
fn degrees_and_titles_are_removed_however_they_are_written() {
    let titles = [
        "M.Sc.",
        "M. Sc.",
        "B.A.",
        "Ph.D.",
        "Dr. h.c.",
        "LL.M.",
        "B.Eng.",
        "M.Ed.",
        "M.B.A.",
        "MBA",
        "MMag.",
        "DDr.",
        "Mag.",
        "Mag.a",
        "Ing.",
        "Dipl.-Ing.",
        "Dipl.-Ing. (FH)",
        "Dipl.-Kfm.",
        "Dipl.-Wirt.-Ing.",
        "Diplom-Kauffrau",
        "Priv.-Doz.",
        "PD Dr.",
        "apl. Prof.",
        "o. Prof.",
        "ao. Univ.-Prof.",
        "Hon.-Prof.",
        "Jun.-Prof.",
        "Prof. Dr. Dr. h. c. mult.",
        "Dr. rer. nat. habil.",
        "Dr. med. univ. et scient. med.",
        "lic. iur.",
        "Dr. sc. rel.",
        "Dr. disc. pol.",
        "Dr.-Ing.",
        "Dr. PH",
        "Bakk. techn.",
        "M. Eval.",
        "Dr. E. h.",
        "Dr. des.",
    ];
    for title in titles {
        assert_forms(Field::LastName, "mueller", &[&format!("{title} Müller")]);
        assert_forms(Field::FirstName, "karl", &[&format!("{title} Karl")]);
        let cells = [
            format!("{title} Karl Müller"),
            format!("Karl Müller, {title}"),
            format!("Müller, {title} Karl"),
        ];
        assert_forms(Field::Name, "mueller, karl", &cells.each_ref().map(String::as_str));
    }
    let fields = "agr techn paed pharm mult medic soc hum biol psych math phys chem";
    for field in fields.split(' ') {
        assert_forms(Field::LastName, "mueller", &[&format!("Dr. {field}. Müller")]);
        assert_forms(Field::LastName, "mueller", &[&format!("DR {field} MUELLER")]);
    }
    let cells =
        ["Karl Müller, Diplom in Gesang", "Karl Müller, Master of Arts", "Karl Müller, MdB"];
    assert_forms(Field::Name, "mueller, karl", &cells);
}

#[test]
fn a_word_of_titles_is_a_name_without_a_title_or_a_dot() {
    for word in ["Phil", "Dent", "Pol", "Ing", "Nat", "Mag", "Vet", "Med", "Hon"] {
        let form = format!("collins, {}", word.to_lowercase());
        assert_forms(
            Field::Name,
            &form,
            &[&format!("{word} Collins"), &format!("Collins, {word}")],
        );
        let form = word.to_lowercase();
        assert_forms(Field::FirstName, &form, &[word]);
    }
    assert_forms(Field::Name, "cole, nat king", &["Nat King Cole"]);
}

#[test]
fn a_noble_name_in_one_cell_matches_the_same_name_in_two_columns() {
    for last in [
        "Freiherr von Rathenburg vor der Isar",
        "von und zu Guttenberg",
        "Graf Berg",
        "van der Meer",
        "de la Cruz",
        "d'Alembert",
        "Müller-Lüdenscheidt",
        "Ortega y Gasset",
    ] {
        let column = format!("last-name={last}|first-name=Fritz");
        assert_matches(&[(&format!("name=Fritz {last}"), &column)]);
        assert_matches(&[(&format!("name={last}, Fritz"), &column)]);
    }
    assert_matches(&[("name=Ritter Karl", "last-name=Ritter|first-name=Karl")]);
}

#[test]
fn a_company_is_not_a_person() {
    for cell in [
        "Müller GmbH",
        "Bäckerei Müller GmbH & Co. KG",
        "Müller AG",
        "Müller & Co.",
        "Sportverein Berg e.V.",
        "Müller OHG",
        "Müller mbH",
        "Müller UG (haftungsbeschränkt)",
        "Smith Ltd.",
        "Smith Inc.",
        "Firma Müller",
    ] {
        for field in [Field::LastName, Field::FirstName, Field::Name] {
            assert_eq!(outcome(field, cell).0, Outcome::Invalid(Reason::NoPerson), "{cell}");
        }
    }
    // Merchants are persons.
    assert_forms(Field::Name, "mueller, karl", &["Karl Müller e.K."]);
    assert_forms(Field::Name, "co, maria", &["Maria Co"]);
}

#[test]
fn a_hyphenated_first_name_matches_one_word_and_the_first_of_two() {
    let hyphenated = "last-name=Müller|first-name=Hans-Peter";
    assert_matches(&[
        (hyphenated, "last-name=Müller|first-name=Hanspeter"),
        (hyphenated, "last-name=Müller|first-name=Hans"),
        (hyphenated, "last-name=Müller|first-name=Hans Peter"),
        (hyphenated, "last-name=Hans-Peter|first-name=Müller"),
        ("name=Hans-Peter Müller", "last-name=Müller|first-name=Hanspeter"),
        ("name=Müller, Hans-Peter Karl", "last-name=Müller|first-name=Hanspeter"),
    ]);
    assert_forms(Field::FirstName, "k h", &["K.-H."]);
    assert_forms(Field::FirstName, "otto hans peter", &["Otto Hans-Peter"]);
    assert_forms(Field::LastName, "mueller luedenscheidt", &["Müller-Lüdenscheidt"]);
}

#[test]
fn two_persons_in_one_cell_are_both_read() {
    for cell in ["Hans und Eva Müller", "Müller, Hans u. Eva", "Müller, Hans & Eva"] {
        for first in ["Hans", "Eva"] {
            let member = format!("last-name=Müller|first-name={first}");
            assert_matches(&[(&format!("name={cell}"), &member)]);
        }
    }
    assert_matches(&[
        ("name=Hans Müller und Eva Schmidt", "last-name=Müller|first-name=Hans"),
        ("name=Hans Müller und Eva Schmidt", "last-name=Schmidt|first-name=Eva"),
        ("last-name=Müller|first-name=Hans/Eva", "last-name=Müller|first-name=Eva"),
    ]);
    // An initial does not name another person.
    assert_forms(Field::Name, "mueller, hans u", &["Hans U. Müller"]);
    assert_forms(Field::LastName, "berg", &["von und zu Berg", "v. u. z. Berg", "v.u.z. Berg"]);
    let many = outcome(Field::Name, "Müller, Hans, Eva");
    assert_eq!(many.0, Outcome::Suspect(Reason::TooManyValues));
}

#[test]
fn the_same_words_are_removed_from_last_and_first_names() {
    for cell in [
        "Herr Müller",
        "Müller geb. Schmidt",
        "Dr. med. Müller",
        "Müller jun.",
        "von der Müller",
        "Müller M.Sc.",
        "Müller (Meier)",
        "Müller & Meier",
        "Graf",
        "M. A.",
        "Müller sen",
        "Dr.",
        "Müller GmbH",
        "Phil",
        "Mag. Huber",
        "unbekannt",
        "n/a; Müller",
        "Graf jun.",
        "Eva Graf jun.",
        "Graf Sen",
        "Graf née Huber",
        "Müller Herr",
        "Müller Frau",
        "Müller verw.",
    ] {
        assert_eq!(outcome(Field::LastName, cell), outcome(Field::FirstName, cell), "{cell}");
    }
}

#[test]
fn a_family_called_graf_is_not_lost_before_a_suffix_or_a_former_name() {
    let eva = "last-name=Graf|first-name=Eva";
    for cell in ["Graf jun.", "Graf III", "Graf d. Ä.", "Graf vorm. Huber", "Graf née Huber"] {
        assert_matches(&[
            (&format!("last-name={cell}|first-name=Eva"), eva),
            (&format!("last-name=Eva|first-name={cell}"), eva),
            (&format!("name=Eva {cell}"), eva),
        ]);
    }
    assert_matches(&[("last-name=Eva Graf jun.|first-name=Eva", eva)]);
    assert_matches(&[("last-name=Graf Sen|first-name=Eva", "last-name=Sen|first-name=Eva")]);
    assert_strangers(&[
        ("last-name=Graf jun.|first-name=Eva", "last-name=Ritter jun.|first-name=Eva"),
        ("last-name=Graf Junior|first-name=Eva", "last-name=Ritter Junior|first-name=Eva"),
    ]);
}

#[test]
fn a_family_called_brand_is_not_lost_beside_another_name() {
    let cells = ["Müller geb. Brand", "Müller (Brand)", "Brand/Müller", "Müller-Brand"];
    for cell in cells {
        for last in ["Müller", "Brand"] {
            let member = format!("last-name={last}|first-name=Eva");
            assert_matches(&[
                (&format!("last-name={cell}|first-name=Eva"), &member),
                (&format!("name={cell}, Eva"), &member),
            ]);
        }
    }
}

#[test]
fn a_salutation_is_removed_at_the_end_and_herr_may_also_be_a_name() {
    for last in ["Müller", "Herr"] {
        let member = format!("last-name={last}|first-name=Karl");
        assert_matches(&[("name=Karl Müller Herr", &member)]);
    }
    assert_matches(&[("last-name=Müller Herr|first-name=Karl", "name=Karl Müller")]);
}

/// Insurers keep the particle in a separate column, even if it is usually written with the name.
#[test]
fn a_name_matches_itself_without_a_particle_that_is_also_a_name() {
    assert_matches(&[
        ("last-name=O'Neill|first-name=Eva", "last-name=Neill|first-name=Eva"),
        ("last-name=d’Hondt|first-name=Eva", "last-name=Hondt|first-name=Eva"),
        ("name=Eva O'Neill", "last-name=Neill|first-name=Eva"),
        ("name=O'Neill, Eva", "last-name=Neill|first-name=Eva"),
        ("last-name=Mc Donald|first-name=Eva", "last-name=Donald|first-name=Eva"),
        ("last-name=McDonald|first-name=Eva", "last-name=Mc Donald|first-name=Eva"),
        ("last-name=El Amrani|first-name=Eva", "last-name=Amrani|first-name=Eva"),
        ("last-name=tom Dieck|first-name=Eva", "last-name=Dieck|first-name=Eva"),
        ("last-name=O Neill|first-name=Eva", "last-name=O'Neill|first-name=Eva"),
    ]);
    assert_forms(Field::LastName, "oneill; neill", &["O'Neill", "O´NEILL", "oneill; neill"]);
    assert_forms(Field::LastName, "tom dieck; dieck", &["tom Dieck", "Tom-Dieck"]);
    assert_forms(Field::FirstName, "tom luca", &["Tom Luca"]);
}
