//! Suggests the known name that is closest to a mistyped one.

/// The candidate with the fewest typing errors, if these are few for the length of the name. Letter case does
/// not count.
pub(crate) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.trim().to_lowercase();
    // A name of one or two letters is close to every other such name.
    let most = name.chars().count() / 3;
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&name, &candidate.trim().to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean 'email'?`, or an empty text if no candidate is close.
#[must_use]
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    closest(name, candidates).map_or_else(String::new, |near| format!("; did you mean '{near}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_the_one_with_the_fewest_typing_errors() {
        let fields = ["email", "email-alias", "kvnr", "birth-date", "id"];
        for (typed, expected) in [
            ("emial", Some("email")),
            ("E-MAIL", Some("email")),
            ("kvrn", Some("kvnr")),
            ("birthdate", Some("birth-date")),
            ("birth_date", Some("birth-date")),
            ("shoe-size", None),
            ("ad", None),
            ("", None),
        ] {
            assert_eq!(closest(typed, fields), expected, "{typed}");
        }
    }
}
