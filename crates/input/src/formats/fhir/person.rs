//! Writes the values of a person under column names that the vocabulary knows.

use std::collections::HashSet;

use super::{kinds, tree::Element};
use crate::records::Records;

/// The type of patient numbers, in table 0203 of HL7 v2.
const PATIENT_NUMBERS: [&str; 4] = ["MR", "PI", "PN", "MRT"];

/// The elements of a person that hold the identifiers of other people and of organisations.
const OTHER_PEOPLE: [&str; 7] = [
    "contact",
    "link",
    "contained",
    "managingOrganization",
    "generalPractitioner",
    "patient",
    "valueReference",
];

/// Writes a record for a resource that is a person or has a person's insured number. Returns false for any
/// other resource.
pub(super) fn write(resource: Element<'_>, records: &mut Records) -> bool {
    let is_person = kinds::is_person(resource.name());
    let insured = if is_person { Insured::default() } else { Insured::of(resource) };
    if !is_person && insured.insured_numbers.is_empty() && insured.others.is_empty() {
        return false;
    }
    records.push("resourceType", resource.name());
    if is_person {
        write_person(resource, records);
    } else {
        let id = resource.text("id");
        id.into_iter().for_each(|id| records.push("id", id));
        insured.insured_numbers.iter().for_each(|number| records.push("kvnr", number));
        insured.others.iter().for_each(|number| records.push("hauptversicherter.kvnr", number));
    }
    records.end();
    true
}

/// The insured numbers in a resource that is not a person.
#[derive(Default)]
struct Insured<'t> {
    insured_numbers: Vec<&'t str>,
    /// The numbers of the main insured person, who may be somebody else.
    others: Vec<&'t str>,
}

impl<'t> Insured<'t> {
    fn of(resource: Element<'t>) -> Self {
        // R5 has `paymentBy` instead of `payor`.
        const MAIN_INSURED: [&str; 4] = ["subscriber", "policyHolder", "payor", "paymentBy"];
        let mut insured = Self::default();
        let is_coverage = resource.name() == "Coverage";
        let others: &[&str] = if is_coverage { &MAIN_INSURED } else { &[] };
        insured.insured_numbers.extend(numbers(resource, others));
        if is_coverage {
            // R4 has a text, and R5 has identifiers.
            let ids = resource.all("subscriberId");
            let ids = ids.filter_map(|id| id.value().or_else(|| id.text("value")));
            insured.insured_numbers.extend(ids.filter(|id| is_like_an_insured_number(id)));
            let is_same = |other: Element<'_>| {
                let reference = |element: Element<'_>| element.text("reference").map(str::to_owned);
                let beneficiary = resource.first("beneficiary").and_then(reference);
                // The reference of `paymentBy` is in its `party`.
                let of_party = || other.first("party").and_then(reference);
                beneficiary.is_some() && beneficiary == reference(other).or_else(of_party)
            };
            for other in MAIN_INSURED.iter().flat_map(|name| resource.all(name)) {
                let into =
                    if is_same(other) { &mut insured.insured_numbers } else { &mut insured.others };
                into.extend(numbers(other, &[]));
            }
        }
        for list in [&mut insured.insured_numbers, &mut insured.others] {
            list.sort_unstable();
            list.dedup();
        }
        insured
    }
}

/// The insured numbers in an element, found by their system or their type. Elements with a name in `excluded`
/// are left out.
fn numbers<'t>(element: Element<'t>, excluded: &[&str]) -> Vec<&'t str> {
    let found = element.descendants_except(excluded).filter(|found| is_insured_number(*found));
    found.filter_map(|identifier| identifier.text("value")).collect()
}

fn is_insured_number(identifier: Element<'_>) -> bool {
    identifier.text("system").is_some_and(kinds::is_insured_number)
        || codes(identifier).any(kinds::is_type_of_insured_number)
}

/// The codes of the type of an identifier.
fn codes(identifier: Element<'_>) -> impl Iterator<Item = &str> {
    let types = identifier.all("type").flat_map(|kind| kind.all("coding"));
    types.filter_map(|coding| coding.text("code"))
}

/// Whether a text has the form of an insured number: a letter and at least nine digits.
fn is_like_an_insured_number(text: &str) -> bool {
    let mut characters = text.chars().filter(|character| !character.is_whitespace());
    let begins = characters.next().is_some_and(|letter| letter.is_ascii_alphabetic());
    let digits = characters.clone().take(9).filter(char::is_ascii_digit).count();
    begins && digits == 9 && matches!(characters.count(), 9 | 19 | 29)
}

fn write_person(resource: Element<'_>, records: &mut Records) {
    write_identifiers(resource, records);
    for name in resource.all("name") {
        write_name(name, records);
    }
    write_dates(resource, records);
    for telecom in resource.all("telecom") {
        write_telecom(telecom, "", records);
    }
    for address in resource.all("address") {
        write_address(address, records);
    }
    for contact in resource.all("contact") {
        write_contact(contact, records);
    }
    let mut push = |name: &str, value: Option<&str>| {
        value.into_iter().for_each(|value| records.push(name, value));
    };
    push("gender", resource.text("gender"));
    push("maritalStatus", resource.first("maritalStatus").and_then(text_of));
    push("religion", extension(resource, "patient-religion"));
    push("nationality", extension(resource, "patient-nationality"));
    push("citizenship", extension(resource, "patient-citizenship"));
    push("birthplace", extension(resource, "patient-birthPlace"));
    push("ethnicity", extension(resource, "us-core-ethnicity"));
}

fn write_identifiers(resource: Element<'_>, records: &mut Records) {
    let mut id = None;
    let mut others = Vec::new();
    let mut insured = HashSet::new();
    for number in numbers(resource, &OTHER_PEOPLE) {
        if insured.insert(number) {
            records.push("kvnr", number);
        }
    }
    // The numbers of other people leaked, too. A column that is not used shows them to the user.
    for number in numbers(resource, &[]) {
        if insured.insert(number) {
            records.push("relative.kvnr", number);
        }
    }
    for identifier in resource.all("identifier") {
        let Some(value) = identifier.text("value") else { continue };
        if is_insured_number(identifier) {
            continue;
        }
        if id.is_none() && codes(identifier).any(|code| PATIENT_NUMBERS.contains(&code)) {
            id = Some(value);
        } else {
            // Only a code becomes part of a column name, since other text may be a value.
            let is_code =
                |code: &&str| code.len() <= 6 && code.bytes().all(|byte| byte.is_ascii_uppercase());
            let name = codes(identifier).find(is_code);
            others.push((
                name.map_or("identifier".into(), |code| format!("identifier.{code}")),
                value,
            ));
        }
    }
    match (id, resource.text("id")) {
        (Some(number), id) => {
            records.push("id", number);
            id.into_iter().for_each(|item| records.push("resourceId", item));
        }
        (None, Some(id)) => records.push("id", id),
        (None, None) => {}
    }
    others.iter().for_each(|(name, value)| records.push(name, value));
}

/// Writes a name. Former names are further last names.
fn write_name(name: Element<'_>, records: &mut Records) {
    let has_ended = name.first("period").is_some_and(|period| period.text("end").is_some());
    let last_name = match name.text("use") {
        Some("maiden") => "birthName",
        Some("old") => "formerName",
        _ if has_ended => "formerName",
        _ => "lastName",
    };
    let mut parts = Vec::new();
    for family in name.all("family") {
        let names = last_names(family);
        names.iter().for_each(|item| records.push(last_name, item));
        parts.extend(names);
    }
    let given: Vec<&str> = name.all("given").filter_map(Element::value).collect();
    let (has_last, has_given) = (!parts.is_empty(), !given.is_empty());
    if has_given {
        records.push("firstName", &given.join(" "));
    }
    let Some(text) = name.text("text") else { return };
    // A text with the same words as the parts is not a further name.
    let titles = ["prefix", "suffix"].into_iter().flat_map(|part| name.all(part));
    parts.extend(given.into_iter().chain(titles.filter_map(Element::value)).map(str::to_owned));
    let known = parts.join(" ").to_lowercase();
    let known: HashSet<&str> = words(&known).collect();
    let text_in_lower_case = text.to_lowercase();
    let has_further_word = words(&text_in_lower_case).any(|word| !known.contains(word));
    if !has_last || !has_given || has_further_word {
        records.push("fullName", text);
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The last names in an element: the whole name, or the joined parts if there is none, and each part that the
/// whole name lacks.
fn last_names(family: Element<'_>) -> Vec<String> {
    let part = |name: &str| family.extensions(name).next();
    let names = [
        "humanname-own-name",
        "humanname-partner-name",
        "humanname-fathers-family",
        "humanname-mothers-family",
    ];
    let Some(whole) = family.value() else {
        let parts = [
            "humanname-namenszusatz",
            "humanname-own-prefix",
            "humanname-own-name",
            "humanname-partner-prefix",
            "humanname-partner-name",
            "humanname-fathers-family",
            "humanname-mothers-family",
        ];
        let parts: Vec<&str> = parts.into_iter().filter_map(part).collect();
        return if parts.is_empty() { Vec::new() } else { vec![parts.join(" ")] };
    };
    let others = names.into_iter().filter_map(part).filter(|other| !whole.contains(other));
    [whole].into_iter().chain(others).map(str::to_owned).collect()
}

fn write_dates(resource: Element<'_>, records: &mut Records) {
    for date in resource.all("birthDate") {
        let time = || date.extensions("patient-birthTime").next();
        date.value().or_else(time).into_iter().for_each(|date| records.push("birthDate", date));
    }
    let deceased = resource.text("deceasedDateTime").map(|date| ("deceasedDate", date));
    let is_deceased = resource.text("deceasedBoolean").map(|truth| ("deceased", truth));
    deceased.or(is_deceased).into_iter().for_each(|(name, value)| records.push(name, value));
}

fn write_telecom(telecom: Element<'_>, prefix: &str, records: &mut Records) {
    let Some(value) = telecom.text("value") else { return };
    let name = match telecom.text("system") {
        Some("email") => "email",
        Some("phone" | "sms") => "phone",
        Some(other @ ("fax" | "pager" | "url")) => other,
        _ if value.contains('@') => "email",
        None => "phone",
        Some(_) => "telecom",
    };
    let number = if name == "phone" { value.strip_prefix("tel:") } else { None };
    let value = number.unwrap_or(value);
    records.push(&format!("{prefix}{name}"), value);
}

fn write_address(address: Element<'_>, records: &mut Records) {
    for (name, element) in [("postalCode", "postalCode"), ("city", "city"), ("country", "country")]
    {
        address.all(element).filter_map(Element::value).for_each(|value| records.push(name, value));
    }
    let lines: Vec<&str> = address.all("line").filter_map(Element::value).collect();
    let line = if lines.is_empty() { None } else { Some(lines.join(", ")) };
    let parts = || {
        let parts = address.all("line").flat_map(|line| line.extensions(""));
        let parts: Vec<&str> = parts.collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let text = || address.text("text").map(str::to_owned);
    let street = line.or_else(parts).or_else(text);
    street.into_iter().for_each(|street| records.push("street", &street));
}

/// Writes the data of a contact person under separate names, so they are not taken for the patient's.
fn write_contact(contact: Element<'_>, records: &mut Records) {
    const PREFIX: &str = "emergencyContact.";
    for name in contact.all("name") {
        let parts = ["given", "family"].into_iter().flat_map(|part| name.all(part));
        let parts: Vec<&str> = parts.filter_map(Element::value).collect();
        let whole = if parts.is_empty() { name.text("text").map(str::to_owned) } else { None };
        let whole = whole.or_else(|| (!parts.is_empty()).then(|| parts.join(" ")));
        whole.into_iter().for_each(|whole| records.push(&format!("{PREFIX}name"), &whole));
    }
    contact.all("telecom").for_each(|telecom| write_telecom(telecom, PREFIX, records));
    for code in contact.all("address").filter_map(|address| address.text("postalCode")) {
        records.push(&format!("{PREFIX}postalCode"), code);
    }
}

/// The first value in the extension of a resource whose URL has this ending.
fn extension<'t>(resource: Element<'t>, url: &str) -> Option<&'t str> {
    let extension = resource
        .all("extension")
        .find(|item| item.text("url").is_some_and(|known| known.ends_with(url)))?;
    let is_value = |element: &Element<'t>| !matches!(element.name(), "url" | "system");
    extension.descendants_except(&["url", "system"]).filter(is_value).find_map(Element::value)
}

/// The text of a concept, or its display name, or its code.
fn text_of(concept: Element<'_>) -> Option<&str> {
    let coding = |part: &str| concept.all("coding").find_map(|coding| coding.text(part));
    concept.text("text").or_else(|| coding("display")).or_else(|| coding("code"))
}
