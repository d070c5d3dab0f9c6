//! Detects parts of letters that are not filled in yet, and descriptions of breaches that claim too much.

use leakdex::Breach;

use super::content::filled;
use crate::language::Language;

/// The beginnings of parts that are not filled in yet. Such a part ends with a bracket.
pub const MARKS: [&str; 2] = ["[BITTE ERGÄNZEN:", "[PLEASE ADD:"];

/// Collects the parts of a text that are not filled in yet, each once, without brackets.
pub fn collect_placeholders(text: &str, found: &mut Vec<String>) {
    for mark in MARKS {
        for (start, _) in text.match_indices(mark) {
            let rest = &text[start + mark.len()..];
            let part = rest.split(']').next().unwrap_or(rest);
            // A text may be wrapped, and HTML encodes some characters.
            let part = part.replace("&#x2f;", "/").replace("&amp;", "&");
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            if !found.contains(&part) {
                found.push(part);
            }
        }
    }
}

/// Words for common classes of data, in addition to their names in the lists.
const STEMS: [(&str, &[&str]); 10] = [
    ("bank-account-numbers", &["bankdaten", "kontonummer", "kontodaten", "iban", "bank account"]),
    ("dates-of-birth", &["geburtsdat", "geburtstag", "date of birth", "birth date"]),
    ("email-addresses", &["mail-adress", "mailadress", "email address", "e-mail address"]),
    (
        "health-insurance-information",
        &["versichertennummer", "versicherungsnummer", "insurance number"],
    ),
    ("names", &["namen", "names"]),
    ("passwords", &["passwort", "passwört", "kennwort", "kennwört", "password"]),
    ("personal-health-data", &["gesundheitsdat", "diagnose", "health data", "diagnos"]),
    ("phone-numbers", &["telefonnummer", "handynummer", "rufnummer", "phone number"]),
    (
        "physical-addresses",
        &["anschrift", "postadress", "wohnadress", "postal address", "home address"],
    ),
    ("usernames", &["benutzername", "nutzername", "username", "user name"]),
];

/// The classes of data that the description of a breach mentions, although they may not have leaked about
/// everybody, each with the word that was found. A letter would make this claim to each person.
#[must_use]
pub fn misleading_words(breach: &Breach) -> Vec<(&'static str, String)> {
    let Some(description) = filled(breach.description.as_ref()) else { return Vec::new() };
    let description = description.to_lowercase();
    let leaked_of_all =
        |slug: &str| breach.data_classes.iter().any(|data_class| data_class.as_str() == slug);
    let mut found = Vec::new();
    for slug in Language::known_data_classes() {
        if leaked_of_all(slug) {
            continue;
        }
        let stems = STEMS.iter().filter(|(class, _)| *class == slug).flat_map(|(_, stems)| *stems);
        let names = Language::ALL.map(|language| language.data_class(slug).to_lowercase());
        // Short words occur inside others.
        let names = names.into_iter().filter(|name| name.len() > 6);
        let words = stems.map(|stem| (*stem).to_owned()).chain(names);
        found.extend(
            words.into_iter().find(|word| description.contains(word)).map(|word| (slug, word)),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use leakdex::DataClass;

    use super::*;

    #[test]
    fn parts_to_fill_in_are_found_once_however_they_are_wrapped() {
        let mut found = Vec::new();
        collect_placeholders(
            "a [BITTE ERGÄNZEN: Name\n der Kasse] b [PLEASE ADD: x&#x2f;y] [BITTE ERGÄNZEN: Name der Kasse]",
            &mut found,
        );
        collect_placeholders("[BITTE ERGÄNZEN: ohne Ende", &mut found);
        assert_eq!(found, ["Name der Kasse", "x/y", "ohne Ende"]);
    }

    #[test]
    fn a_description_that_names_data_of_only_some_members_is_noticed() {
        let mut breach = Breach::named("a").expect("it is a name");
        assert!(misleading_words(&breach).is_empty());
        breach.description = Some("Angreifer haben die Kundentabelle des Portals kopiert.".into());
        assert_eq!(misleading_words(&breach), []);
        breach.description = Some("Kopiert wurden Kundennamen, Passwörter und Kontostände.".into());
        let classes = |breach: &Breach| -> Vec<&str> {
            misleading_words(breach).iter().map(|(slug, _)| *slug).collect()
        };
        assert_eq!(classes(&breach), ["account-balances", "names", "passwords"]);
        breach.data_classes = vec![DataClass::NAMES, DataClass::PASSWORDS];
        assert_eq!(classes(&breach), ["account-balances"]);
    }
}
