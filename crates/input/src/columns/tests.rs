//! Columns by options and by name.

use super::*;

fn columns(headers: &str, mappings: &[&str]) -> Result<Columns, InputProblem> {
    let headers = headers.split(';').map(str::to_owned).collect();
    let columns = mappings.iter().map(|text| text.parse().expect("well formed")).collect();
    let options = Options { columns, ..Options::default() };
    let columns = Columns::of_header(headers, Names::Row, &options)?;
    columns.refuse_unusable()?;
    Ok(columns)
}

fn targets(headers: &str, mappings: &[&str]) -> Vec<String> {
    let columns = columns(headers, mappings).expect("usable");
    columns.list.iter().map(|column| column.target.to_string()).collect()
}

#[test]
fn a_row_of_data_with_a_usual_column_name_is_not_a_header() {
    let Err(problem) = columns("Meier;Eva;login;1.2.1970", &[]) else { panic!("taken") };
    assert!(matches!(problem, InputProblem::LooksLikeData(4)));
    assert!(!problem.to_string().contains("Meier"), "{problem}");
    assert!(columns("login;user@portal", &["login=username"]).is_ok());
    // A mapping for another file does not affect this one.
    let options = Options {
        columns: vec!["Post=email".parse().expect("well formed")],
        optional: vec!["Post".to_owned()],
        ..Options::default()
    };
    let headers = vec!["login".to_owned(), "1.2.1970".to_owned()];
    let outcome = Columns::of_header(headers, Names::Row, &options);
    assert!(matches!(outcome, Err(InputProblem::LooksLikeData(2))));
}

#[test]
fn the_mapping_of_the_caller_overrides_the_name_of_a_column() {
    assert_eq!(
        targets("E-Mail;Login;Rest", &["Login=email", "e-mail =ignore"]),
        ["ignored", "email", "ignored"]
    );
}

#[test]
fn an_exact_header_is_taken_before_one_that_differs_in_case() {
    assert_eq!(targets("a;A;PLZ", &["A=email"]), ["ignored", "email", "postal-code"]);
}

#[test]
fn a_mapping_of_a_missing_header_lists_the_headers() {
    let error = columns("E-Mail;PLZ", &["Post=email"]).expect_err("no such column");
    assert_eq!(error.to_string(), "there is no column 'Post'; columns found: 'E-Mail', 'PLZ'");
}

#[test]
fn a_mistyped_header_gives_the_closest_one_unless_that_may_be_a_value() {
    let error = columns("E-Mail;PLZ", &["E-Mial=email"]).expect_err("no such column");
    assert_eq!(
        error.to_string(),
        "there is no column 'E-Mial'; did you mean 'E-Mail'? columns found: 'E-Mail', 'PLZ'"
    );
    let error = columns("Muster;max@example.org", &["Muser=last-name"]).expect_err("no header");
    assert!(!error.to_string().contains("Muster"), "{error}");
}

#[test]
fn columns_of_the_same_name_are_all_used() {
    assert_eq!(targets("E-Mail;E-Mail", &[]), ["email", "email"]);
    assert_eq!(targets("x;x", &["x=kvnr"]), ["kvnr", "kvnr"]);
}

#[test]
fn a_second_id_column_is_ignored_with_a_note() {
    let found = columns("id;Kundennummer;E-Mail", &[]).expect("usable");
    assert_eq!(found.list[0].target, Target::Id);
    assert_eq!(found.list[1].target, Target::Ignore);
    assert!(found.list[1].remark.is_some());
    assert_eq!(targets("id;Nr;E-Mail", &["Nr=id"]), ["ignored", "id", "email"]);
    assert!(matches!(columns("a;b", &["a=id", "b=id"]), Err(InputProblem::TwoIds)));
    assert!(matches!(columns("a;a;E-Mail", &["a=id"]), Err(InputProblem::TwoIds)));
}

#[test]
fn a_column_that_is_mapped_twice_is_an_error() {
    let outcome = columns("a;b", &["a=email", "A=kvnr"]);
    assert!(matches!(outcome, Err(InputProblem::MappedTwice(_))));
}

#[test]
fn without_a_column_that_can_make_an_identifier_the_headers_are_listed() {
    for (headers, listed) in [
        // The other name is unusual, so it may be a value.
        ("id;Farbe", "columns found: 'id', and 1 more, not shown"),
        ("id;Stadt", "columns found: 'id', 'Stadt'"),
        ("Vorname;Nachname", "columns found: 'Vorname', 'Nachname'"),
        ("PLZ;Geburtsdatum", "columns found: 'PLZ', 'Geburtsdatum'"),
        ("Passwort", "columns found: 'Passwort'"),
    ] {
        let error = columns(headers, &[]).expect_err("no usable column").to_string();
        assert!(error.ends_with(listed), "{headers}: {error}");
    }
}

#[test]
fn a_first_row_that_is_data_is_not_printed() {
    let error = columns("Muster;max@example.org;01.02.1970", &[]).expect_err("no header");
    let message = error.to_string();
    assert!(message.contains("looks like data") && !message.contains("Muster"), "{message}");
    assert!(!message.contains("example"), "{message}");
}

#[test]
fn without_a_header_columns_are_mapped_by_number() {
    let options =
        Options { columns: vec!["2=email".parse().expect("well formed")], ..Options::default() };
    let numbers = || vec!["1".to_owned(), "2".to_owned()];
    let columns = Columns::of_header(numbers(), Names::Numbers, &options).expect("usable");
    assert_eq!(columns.list[1].target, Target::Field(Field::Email));
    let options =
        Options { columns: vec!["3=email".parse().expect("well formed")], ..Options::default() };
    let error = Columns::of_header(numbers(), Names::Numbers, &options).expect_err("two columns");
    assert!(error.to_string().contains("from 1 to 2"));
}

#[test]
fn a_key_that_appears_late_is_mapped_by_the_same_rules() {
    let options =
        Options { columns: vec!["Post=email".parse().expect("well formed")], ..Options::default() };
    let keys = vec!["id".to_owned(), "KVNR".to_owned()];
    assert!(Columns::of_keys(keys.clone(), true, &options).is_err(), "it never appears");
    let columns = Columns::of_keys(keys, false, &options).expect("usable");
    assert_eq!(columns.unseen, ["Post"]);
    assert_eq!(columns.resolve_late("post").target, Target::Field(Field::Email));
    assert_eq!(columns.resolve_late("PLZ").target, Target::Field(Field::PostalCode));
    assert_eq!(columns.resolve_late("member_id").target, Target::Ignore, "there is an id");
    assert_eq!(columns.resolve_late("Farbe").target, Target::Ignore);
}
