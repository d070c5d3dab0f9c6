use super::*;

fn place(steps: &str, form: Form) -> Place {
    let step = |step: &str| match step {
        "*" => Step::Any,
        key => Step::Key(key.as_bytes().to_vec()),
    };
    let steps = steps.split('.').filter(|step| !step.is_empty()).map(step).collect();
    Place { steps, form }
}

/// A reader that returns a few bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(self.0.len()).min(buffer.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn parts_of(text: &str, place: Place, limit: usize) -> (Vec<String>, bool) {
    let mut scanner = Scanner::new(Slow(text.as_bytes(), 7), place, limit);
    let mut parts = Vec::new();
    while let Some(part) = scanner.next_part().expect("from memory") {
        let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        parts.push(match part {
            Part::Record(Record { text: content, key: Some(key), .. }) => {
                format!("{}={}", text(key), text(content))
            }
            Part::Record(record) => text(record.text),
            Part::Aside { key, text: content } => {
                format!("aside {}={}", text(&key), content.map_or("too long".into(), text))
            }
            Part::Astray(keys) => format!("astray {}", text(&keys.join(&b' '))),
            Part::Missing(reason) => format!("missing {reason}"),
        });
    }
    (parts, scanner.is_cut_off())
}

fn parts(text: &str, steps: &str) -> Vec<String> {
    let (parts, is_cut_off) = parts_of(text, place(steps, Form::Object), 1 << 20);
    assert!(!is_cut_off);
    parts
}

const BAD: &str = "missing invalid-json";

#[test]
fn objects_of_a_list_and_concatenated_objects_are_records() {
    let records = [r#"{"a":1}"#, r#"{"a":{"b":[2,{}]}}"#];
    for (begin, between, end) in [
        ("[", ",", "]"),
        ("[\n", ",\n", "\n]\n"),
        ("[", ",", ",]"),
        ("", "", ""),
        ("", "\n", "\n"),
        ("\x1E", "\n\x1E", "\n"),
        (" ", " , ", ""),
        ("[", "]\r\n[", "]"),
        ("[[", "],[", "]]"),
        ("// records\n[ /* one */", ", // another {\n", "]"),
    ] {
        let text = format!("{begin}{}{end}", records.join(between));
        assert_eq!(parts(&text, ""), records, "{text}");
    }
    assert_eq!(parts("[]", ""), [""; 0]);
}

#[test]
fn records_are_found_at_their_place_and_other_values_are_reported() {
    let text =
        r#"{"took":5,"x":[1],"hits":{"total":{"value":2},"hits":[{"a":1},{"a":2}]}} {"hits":{}}"#;
    assert_eq!(
        parts(text, "hits.hits"),
        [
            "aside took=5",
            "aside x=[1]",
            r#"aside total={"value":2}"#,
            r#"{"a":1}"#,
            r#"{"a":2}"#,
            "astray ",
        ]
    );
    let text = r#"[{"page":1,"users":[{"a":1}]},{"page":2,"name":"x","users":[]},{"name":"y"}]"#;
    assert_eq!(
        parts(text, "users"),
        [
            "aside page=1",
            r#"{"a":1}"#,
            "aside page=2",
            "aside name=\"x\"",
            "aside name=\"y\"",
            "astray name",
        ]
    );
}

#[test]
fn members_of_an_object_come_with_their_keys() {
    let text = r#"{"M-1":{"a":1},"M-2":{"a":{"x":2}}}"#;
    assert_eq!(parts(text, "*"), [r#"M-1={"a":1}"#, r#"M-2={"a":{"x":2}}"#]);
    let text = r#"{"users":{"M-1":[{"a":1},{"a":2}]},"y":0}"#;
    assert_eq!(parts(text, "users.*"), [r#"M-1={"a":1}"#, r#"M-1={"a":2}"#, "aside y=0"]);
}

#[test]
fn lists_and_scalars_are_records_on_request() {
    let (rows, _) = parts_of(r#"[["a","b"],[1,[2]],{"x":1}]"#, place("", Form::List), 100);
    assert_eq!(rows, [r#"["a","b"]"#, "[1,[2]]", r#"{"x":1}"#]);
    let (texts, _) = parts_of(r#"["a",1,null]"#, place("", Form::Scalar), 100);
    assert_eq!(texts, [r#""a""#, "1", "null"]);
}

#[test]
fn a_malformed_record_is_one_row_and_the_next_one_is_read() {
    let next = [r#"{"id":2,"b":[{"c":1},{"c":2}]}"#, r#"{"id":3}"#].join(",");
    for bad in [
        r#"{"id":1,"b":"x,"c":"y"}"#,
        r#"{"id":1,"b":x","c":"y"}"#,
        r#"{"id":1,"b":{"c":1}"#,
        r#"{"id":1,"b":[1,2}"#,
        r#"{"id":1,"b":[1,2}}"#,
        r#"{"id":1,"b""#,
        r#"{"id":1,"b":"#,
        r#"{"id":1 "b":2}"#,
        r"{id:1}",
        r"{'id':1}",
        "{\"id\":1,\"b\":\"x\n\"}",
        r#"{"id":1,/* {} */"b":1}"#,
        r#"{"id":1,"b":"x\"}"#,
        r#"{"id":"1,"b":{"c":{"d":1}},"e":{"f":2}}"#,
    ] {
        for blank in ["", "\n", "\n  "] {
            let good = r#"{"id":0}"#;
            let text = format!("[{blank}{good},{blank}{bad},{blank}{next}]");
            let expected = [good, BAD, r#"{"id":2,"b":[{"c":1},{"c":2}]}"#, r#"{"id":3}"#];
            assert_eq!(parts(&text, ""), expected, "{text}");
            let text = format!("{{\"users\":[{good},{blank}{bad},{blank}{next}]}}");
            assert_eq!(parts(&text, "users"), expected, "{text}");
        }
    }
}

#[test]
fn a_malformed_first_record_is_one_row() {
    assert_eq!(parts("[{\"id\":x y},{\"id\":2}]", ""), [BAD, "{\"id\":2}"]);
    assert_eq!(parts("[\n {\"id\":x y},\n {\"id\":2}\n]", ""), [BAD, "{\"id\":2}"]);
}

#[test]
fn a_malformed_member_is_one_row() {
    for blank in ["", "\n  "] {
        let bad = r#""M-2":{"id":2,"x":"y,"z":{"u":1}}"#;
        let text = format!(r#"{{{blank}"M-1":{{"id":1}},{blank}{bad},{blank}"M-3":{{"id":3}}}}"#);
        assert_eq!(parts(&text, "*"), [r#"M-1={"id":1}"#, BAD, r#"M-3={"id":3}"#], "{text}");
    }
}

#[test]
fn a_truncated_document_is_detected() {
    let text = r#"{"users":[{"a":1},{"a":"2"}]}"#;
    for length in 1..text.len() {
        if !text.is_char_boundary(length) {
            continue;
        }
        let (parts, is_cut_off) = parts_of(&text[..length], place("users", Form::Object), 1 << 20);
        assert!(is_cut_off, "{length}: {parts:?}");
        assert!(parts.len() <= 2);
    }
}

#[test]
fn text_after_the_document_is_a_row() {
    for behind in ["]", "}", "\"x", "\"", "<html>"] {
        let (parts, _) = parts_of(&format!("[{{\"a\":1}}]{behind}"), Place::default(), 1 << 20);
        assert_eq!(parts, [r#"{"a":1}"#, BAD], "{behind}");
    }
}

#[test]
fn a_record_beyond_the_limit_is_one_row_in_bounded_memory() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(3_000_000));
    let text = format!("[{{\"a\":1}},{long},{{\"a\":2}}]");
    let mut scanner = Scanner::new(text.as_bytes(), Place::default(), 1 << 20);
    let mut parts = 0;
    while scanner.next_part().expect("from memory").is_some() {
        parts += 1;
        assert!(scanner.feed.buffer.len() < 1 << 21);
    }
    assert_eq!(parts, 3);
}

#[test]
fn deep_nesting_is_scanned_without_recursion() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let record = format!("{{\"a\":{deep}}}");
    assert_eq!(parts(&format!("[{record},{{\"a\":2}}]"), ""), [&record, "{\"a\":2}"]);
    let (parts, _) = parts_of(&deep, Place::default(), 1 << 20);
    assert!(parts.len() < 10, "{}", parts.len());
}

#[test]
fn malformed_input_is_scanned_in_linear_time() {
    for unit in ["{\"id\":", "[{", "{\"a\" ", "}{", "\"", "{\"id\":{\"id\" ", "/*{\"a\":"] {
        let text = unit.repeat(1_000_000 / unit.len());
        let started = std::time::Instant::now();
        let (parts, _) = parts_of(&format!("[{{\"id\":1}},{text}"), Place::default(), 1 << 20);
        assert!(!parts.is_empty());
        assert!(started.elapsed().as_secs() < 5, "{unit}");
    }
}
