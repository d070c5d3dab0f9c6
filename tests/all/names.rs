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
fn assert_meet(pairs: &[(&str, &str)]) {
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
    assert_meet(&[
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
    assert_eq!(outcome(Field::FirstName, "Herr").0, Outcome::Invalid(Reason::NoPerson));
    // These are family names.
    let herr = (Outcome::Suspect(Reason::Placeholder), "herr".to_owned());
    assert_eq!(outcome(Field::LastName, "Herr"), herr);
    assert_forms(Field::FirstName, "michael", &["Michael", "Herr Michael"]);
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
            assert_meet(&[(&leaked, &format!("last-name={last}|first-name=Eva"))]);
        }
    }
    let forms = [
        "Eva Müller geb. Schmidt",
        "Eva Müller, geb. Schmidt",
        "Eva Müller (geb. Schmidt)",
        "Müller geb. Schmidt, Eva",
        "Müller (geb. Schmidt), Eva",
        "Müller, geb. Schmidt, Eva",
        "Müller, Eva geb. Schmidt",
        "Müller, Eva, geb. Schmidt",
    ];
    assert_forms(Field::Name, "mueller, eva; schmidt, eva", &forms);
    assert_forms(Field::LastName, "mueller; schmidt; meier", &["Müller geb. Schmidt verw. Meier"]);
    assert_forms(Field::LastName, "schmidt", &["geb. Schmidt", "(geborene Schmidt)"]);
}

#[test]
fn a_word_that_introduces_former_names_is_a_name_if_it_is_alone() {
    assert_forms(Field::LastName, "nee", &["Nee"]);
    assert_forms(Field::LastName, "frueher", &["Früher"]);
    assert_forms(Field::FirstName, "siew nee", &["Siew Nee"]);
    assert_forms(Field::Name, "tan, siew nee", &["Siew Nee Tan", "Tan, Siew Nee"]);
}

#[test]
fn more_names_than_match_keys_are_made_of_are_too_many() {
    let five = "Müller; Schmidt; Meier; Weber; Huber";
    assert_eq!(outcome(Field::LastName, five).0, Outcome::Invalid(Reason::TooManyValues));
}

#[test]
fn a_word_for_a_generation_is_removed_at_the_end() {
    let cells = ["Müller jun.", "Müller sen.", "Müller Jr.", "Müller sr", "Müller III"];
    assert_forms(Field::LastName, "mueller", &cells);
    assert_forms(
        Field::LastName,
        "mueller",
        &["Müller d. Ä.", "Müller d.J.", "Müller der Jüngere"],
    );
    let cells = ["Karl Müller jun.", "Müller jun., Karl", "Müller, Karl, Jr.", "Karl Müller IV"];
    assert_forms(Field::Name, "mueller, karl", &cells);
    // `Şen` is also folded to `sen`.
    assert_forms(Field::Name, "riza, ali; sen, ali riza", &["Ali Riza Şen"]);
    assert_forms(Field::Name, "sen, amartya", &["Sen, Amartya", "Amartya Sen"]);
    assert_forms(Field::LastName, "junior", &["Junior"]);
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
fn a_title_alone_is_not_a_name() {
    for cell in ["Dr.", "Prof. Dr. med.", "Dipl.-Ing.", "Dr. h.c.", "MBA"] {
        for field in [Field::LastName, Field::FirstName] {
            assert_eq!(outcome(field, cell).0, Outcome::Invalid(Reason::NoPerson), "{cell}");
        }
    }
}

#[test]
fn a_noble_name_in_display_order_has_the_last_name_of_a_column() {
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
        assert_meet(&[(&format!("name=Fritz {last}"), &column)]);
        assert_meet(&[(&format!("name={last}, Fritz"), &column)]);
    }
    let both = "cruz perez, juan; perez, juan cruz";
    assert_forms(Field::Name, both, &["Juan de la Cruz Perez"]);
}

#[test]
fn a_rank_can_be_one_of_two_names_and_then_the_cell_is_doubtful() {
    for (cell, form) in [
        ("Ritter Karl", "karl, ritter"),
        ("Herzog Maria", "maria, herzog"),
        ("Große Petra", "petra, grosse"),
        ("Van Nguyen", "nguyen, van"),
        ("Graf Berg", "berg, graf"),
    ] {
        let doubtful = (Outcome::Suspect(Reason::SingleName), form.to_owned());
        assert_eq!(outcome(Field::Name, cell), doubtful, "{cell}");
    }
    assert_meet(&[("name=Ritter Karl", "last-name=Ritter|first-name=Karl")]);
    assert_eq!(outcome(Field::Name, "von Berg").0, Outcome::Invalid(Reason::SingleName));
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
fn a_hyphenated_first_name_meets_one_word_and_the_first_of_two() {
    let hyphenated = "last-name=Müller|first-name=Hans-Peter";
    assert_meet(&[
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
            assert_meet(&[(&format!("name={cell}"), &member)]);
        }
    }
    assert_meet(&[
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
fn the_address_of_somebody_else_is_not_a_name_of_the_person() {
    assert_forms(
        Field::Name,
        "mueller, karl",
        &["Karl Müller c/o Schmidt", "Müller, Karl c/o Eva Huber"],
    );
    assert_forms(Field::LastName, "mueller", &["Müller c/o Schmidt", "c/o Müller"]);
}

#[test]
fn initials_that_look_like_a_degree_are_kept_where_nothing_else_is() {
    assert_forms(Field::FirstName, "m a", &["M. A.", "M.A."]);
    let doubtful = (Outcome::Suspect(Reason::SingleName), "mueller, m a".to_owned());
    assert_eq!(outcome(Field::Name, "M. A. Müller"), doubtful);
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
fn a_nickname_counts_beside_the_first_name() {
    let cells = ["Eva (Evi) Müller", "Müller, Eva (Evi)", "Eva \"Evi\" Müller", "Eva „Evi“ Müller"];
    assert_forms(Field::Name, "mueller, eva; mueller, evi", &cells);
}

#[test]
fn a_family_called_graf_is_not_lost_before_a_suffix_or_a_former_name() {
    let eva = "last-name=Graf|first-name=Eva";
    for cell in ["Graf jun.", "Graf III", "Graf d. Ä.", "Graf vorm. Huber", "Graf née Huber"] {
        assert_meet(&[
            (&format!("last-name={cell}|first-name=Eva"), eva),
            (&format!("last-name=Eva|first-name={cell}"), eva),
            (&format!("name=Eva {cell}"), eva),
        ]);
    }
    assert_meet(&[("last-name=Eva Graf jun.|first-name=Eva", eva)]);
    assert_meet(&[("last-name=Graf Sen|first-name=Eva", "last-name=Sen|first-name=Eva")]);
    assert_strangers(&[
        ("last-name=Graf jun.|first-name=Eva", "last-name=Ritter jun.|first-name=Eva"),
        ("last-name=Graf Junior|first-name=Eva", "last-name=Ritter Junior|first-name=Eva"),
    ]);
    // Only a title and a generation.
    assert_eq!(outcome(Field::LastName, "Dr. jun.").0, Outcome::Invalid(Reason::NoPerson));
    assert_forms(Field::LastName, "sen", &["Dr. Sen"]);
    // A family with this name.
    assert_forms(Field::LastName, "nee", &["van Nee"]);
    assert_forms(Field::Name, "smith, d j", &["Smith, D. J."]);
}

#[test]
fn a_word_of_titles_before_the_only_name_is_the_first_name() {
    let doubtful = |form: &str| (Outcome::Suspect(Reason::SingleName), form.to_owned());
    assert_eq!(outcome(Field::Name, "Dr. med. Phil Collins"), doubtful("collins, phil"));
    for cell in ["Dr. rer. nat Müller", "Dr. phil. Müller", "Müller, Dr. phil"] {
        assert_eq!(outcome(Field::Name, cell).0, Outcome::Invalid(Reason::SingleName), "{cell}");
    }
    let cells = ["Karl Müller Dr. phil", "Dr. phil, Karl Müller", "Dr phil Karl Müller"];
    assert_forms(Field::Name, "mueller, karl", &cells);
}

#[test]
fn a_salutation_is_removed_at_the_end_and_herr_may_also_be_a_name() {
    assert_forms(Field::Name, "mueller, eva", &["Eva Müller Frau", "Müller Frau, Eva"]);
    assert_forms(Field::LastName, "mueller", &["Müller Frau", "Müller, Frau"]);
    let both = "mueller, karl; herr, karl mueller".to_owned();
    let doubtful = (Outcome::Suspect(Reason::Placeholder), both);
    assert_eq!(outcome(Field::Name, "Karl Müller Herr"), doubtful);
    for last in ["Müller", "Herr"] {
        let member = format!("last-name={last}|first-name=Karl");
        assert_meet(&[("name=Karl Müller Herr", &member)]);
    }
    assert_meet(&[("last-name=Müller Herr|first-name=Karl", "name=Karl Müller")]);
}

#[test]
fn letters_with_dots_after_a_comma_and_two_names_are_a_degree_or_initials() {
    let both = "david gerald shores, d o; shores, david gerald";
    assert_forms(Field::Name, both, &["David Gerald Shores, D.O."]);
    assert_forms(Field::Name, "shores, d o", &["Shores, D. O."]);
    assert_forms(Field::Name, "schmidt, jan", &["Jan Schmidt, M.D.R.A."]);
    assert_forms(Field::Name, "mueller, eva", &["Dr. sc. ETH Zürich Eva Müller"]);
    assert_forms(Field::Name, "huber, max", &["Dipl.-Inf.Wirt Max Huber"]);
}

/// Insurers keep the particle in a separate column, even if it is usually written with the name.
#[test]
fn a_name_meets_itself_without_a_particle_that_is_also_a_name() {
    assert_meet(&[
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
