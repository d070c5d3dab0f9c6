//! Values beside the records.

use super::*;

const INVALID: &str = "doubt=invalid-json";

#[test]
fn data_of_a_person_beside_the_records_are_an_unreadable_row() {
    for aside in [
        r#""owner":"eva@example.de""#,
        r#""created_by":"Eva <eva\u0040example.de>""#,
        r#""owner":{"contact":{"email":"eva@example.de"}}"#,
        r#""eva@example.de":"x""#,
        r#""B123456782":true"#,
        r#""B123456782":null"#,
        r#""phone":1714711001"#,
        r#""last":{"page":{"kvnr":"B123456782"}}"#,
        r#""vips":"B123456782, C123456784""#,
        r#""vips":["x","y","z","w","v","B123456782"]"#,
        r#""note":"Tel. 0171 4711001""#,
        r#""seen":{"B123456782":1,"total":1}"#,
    ] {
        for text in [
            format!(r#"{{"users":[{MAX},{EVA}],{aside}}}"#),
            format!(r#"{{{aside},"users":[{MAX},{EVA}]}}"#),
        ] {
            let mut input = open_with(&text, &Options::default()).expect("readable");
            let lines = input.describe();
            let note = lines.iter().find(|line| line.contains("count as unreadable rows: '"));
            let is_hidden = |note: &String| !note.contains("example") && !note.contains("B123");
            assert!(note.is_some_and(is_hidden), "{aside}: {note:?}");
            let mut rows = rows_of(&mut input);
            rows.sort();
            assert_eq!(rows, [INVALID, BOTH[0], BOTH[1]], "{aside}");
            let chosen = Options { table: Some("users".to_owned()), ..Options::default() };
            assert_eq!(read_with(&text, &chosen), BOTH, "{aside}");
        }
    }
}

#[test]
fn other_values_beside_the_records_are_no_rows() {
    for aside in [
        r#""total":"2","page":{"size":2},"title":"Members","version":"1.0","max":100"#,
        r#""ok":true,"next":null,"took":1700000000,"time":1700000000000"#,
        r#""at":"2024-01-18T07:15:30Z","made":"2024-01-18 07:15:30","day":"18.01.2024 07:15:30""#,
        r#""counts":{"2024-01-18":7,"2024-01-19":8},"links":{"next":"https://example.de/?page=2"}"#,
        r#""id":"550e8400-e29b-01d4-a716-446655440000""#,
    ] {
        assert_eq!(read(&format!(r#"{{"users":[{MAX},{EVA}],{aside}}}"#)), BOTH, "{aside}");
    }
}

#[test]
fn a_map_beside_the_records_is_another_place() {
    for member in [r#"{"since":"2024"}"#, "1", "true", "null", r#"["x"]"#, "[]", "{}", r#""x""#] {
        let map = format!(r#"{{"B123456782":{member},"C123456784":{member}}}"#);
        let text = format!(r#"{{"users":[{MAX}],"blocked":{map}}}"#);
        let message = error(&text);
        let expected = "has records at several places: 'users', '(name not shown)";
        assert!(message.contains(expected), "{member}: {message}");
        // The same map is read if it is alone, or if the caller chooses it.
        let rows = ["id=B123456782 kvnr=B123456782", "id=C123456784 kvnr=C123456784"];
        let chosen = Options { table: Some("blocked.*".to_owned()), ..Options::default() };
        assert_eq!(read_with(&text, &chosen), rows, "{member}");
        assert_eq!(read(&map), rows, "{member}");
    }
    let newsletter = r#""newsletter":{"max@example.de":{"opt_in":true}}"#;
    assert!(error(&format!(r#"{{"users":[{MAX}],{newsletter}}}"#)).contains("several places"));
}

#[test]
fn a_map_late_beside_the_records_is_an_error() {
    for member in [r#"{"since":"2024"}"#, "1", "null", r#"["x"]"#] {
        let map = format!(r#"{{"B123456782":{member},"C123456784":{member}}}"#);
        let text = format!(r#"{{"users":[{}],"blocked":{map}}}"#, filling(MAX));
        let message = late_error(&text);
        assert!(message.contains("several places"), "{message}");
    }
}

#[test]
fn a_person_by_key_without_a_list_of_records_is_a_row() {
    let max = r#""max@example.de":{"children":[{"email":"a@b.de"}]},"kai@example.de":{"children":[{"email":"c@d.de"}]}"#;
    let rows = read(&format!(r#"{{{max},"eva@example.de":{{"city":"Essen"}}}}"#));
    assert_eq!((rows.len(), rows[2].as_str()), (3, INVALID));
}

#[test]
fn the_keys_of_a_map_of_maps_are_not_lost() {
    let orders = |key: &str, first: u8| {
        let order = |number: u8| format!(r#""M-{number}":{{"kvnr":"B123456782"}}"#);
        format!(r#""{key}":{{"orders":{{{},{}}}}}"#, order(first), order(first + 1))
    };
    let text = format!("{{{},{}}}", orders("max@example.de", 1), orders("eva@example.de", 3));
    assert!(error(&text).contains("several places"));
}

#[test]
fn values_of_one_object_beside_the_records_are_one_row() {
    let rows = read(&format!(
        r#"[{{"users":[{}]}},{{"id":9,"email":"a@b.de","phone":"0171 4711001"}},{{"email":"c@d.de"}}]"#,
        filling(MAX)
    ));
    assert_eq!(rows[FILLING..], [INVALID, INVALID]);
}

#[test]
fn a_number_under_the_name_of_an_identifier_in_a_map_is_a_row() {
    let map = r#""M-1":{"email":"a@b.de"},"M-2":{"email":"c@d.de"}"#;
    assert_eq!(read(&format!(r#"{{{map},"total":2}}"#)).len(), 2);
    assert_eq!(read(&format!(r#"{{{map},"phone":1714711001}}"#))[2], INVALID);
}
