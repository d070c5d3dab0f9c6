//! Files of people without a real header, in many formats.

/// An invented person in a file.
#[derive(Debug)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    pub town: String,
    pub diagnosis: String,
    pub email: String,
    pub postal_code: String,
    pub birth_date: String,
    pub kvnr: String,
}

impl Person {
    fn cells(&self) -> [&str; 8] {
        let Self { first_name, last_name, birth_date, postal_code, .. } = self;
        let Self { town, email, kvnr, diagnosis, .. } = self;
        [first_name, last_name, birth_date, postal_code, town, email, kvnr, diagnosis]
    }

    /// The words of the values. No message may contain them.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let words = self
            .cells()
            .into_iter()
            .flat_map(|cell| cell.split(|letter: char| !letter.is_alphanumeric()).chain([cell]));
        words.filter(|word| word.chars().count() > 3)
    }

    fn object(&self) -> String {
        let Self { email, postal_code, birth_date, town, .. } = self;
        format!(
            r#"{{"email": "{email}", "plz": "{postal_code}", "geboren": "{birth_date}", "x": "{town}"}}"#
        )
    }
}

/// The people as files: the extension of the file name, and the text.
#[expect(clippy::too_many_lines, reason = "it is a list")]
pub fn files(people: &[Person]) -> Vec<(&'static str, String)> {
    let lines = |line: &dyn Fn(&Person) -> String| {
        people.iter().map(|person| line(person) + "\n").collect::<String>()
    };
    let joined = |separator: &str, part: &dyn Fn(&Person) -> String| {
        people.iter().map(part).collect::<Vec<_>>().join(separator)
    };
    let key = |key: fn(&Person) -> &str| {
        let entries = |person: &Person| format!("\"{}\": {}", key(person), person.object());
        format!("{{{}}}", joined(", ", &entries))
    };
    let separated = |by: &str, cells: &[usize]| {
        lines(&|person| cells.iter().map(|&cell| person.cells()[cell]).collect::<Vec<_>>().join(by))
    };
    let length = |line: String| format!("{:03}{line}\r\n", line.len() + 5);
    let names = |person: &Person| format!("{} {}", person.first_name, person.last_name);
    vec![
        ("csv", separated(";", &[0, 1, 2, 3, 4, 5, 6, 7])),
        ("txt", separated("\t", &[1, 0, 4, 7])),
        ("", separated(",", &[0, 1])),
        ("csv", separated(";", &[1])),
        ("csv", lines(&|person| format!("{};Mail;{};Kunde", person.last_name, person.town))),
        (
            "csv",
            lines(&|person| format!("{};Name;{};{}", person.town, names(person), person.email)),
        ),
        (
            "csv",
            format!(
                "Liste für {};;\nName;PLZ;E-Mail\n{}",
                names(&people[0]),
                separated(";", &[1, 3, 5])
            ),
        ),
        ("txt", lines(&|person| format!("{:<20}{:<20}", person.last_name, person.town))),
        (
            "csv",
            lines(&|person| {
                format!("Sehr geehrte {}, Ihr Befund: {}", names(person), person.diagnosis)
            }),
        ),
        (
            "txt",
            lines(&|person| {
                format!("add_person('{}', town=\"{}\")", person.last_name, person.town)
            }),
        ),
        ("csv", lines(&|person| format!("{}:\n  ort: {}", person.last_name, person.town))),
        ("jsonl", key(|person| &person.last_name)),
        ("json", key(|person| &person.first_name)),
        ("csv", key(|person| &person.kvnr)),
        ("txt", key(|person| &person.email)),
        ("jsonl", lines(&|person| format!("{{\"{}\": {}}}", person.last_name, person.object()))),
        ("jsonl", format!("{{{}}}", joined(",", &|person| format!("\"{}\": 1", person.last_name)))),
        (
            "jsonl",
            lines(&|person| {
                format!(
                    "{{\"email\": \"{}\", \"{}\": \"{}\"}}",
                    person.email, person.last_name, person.birth_date
                )
            }),
        ),
        (
            "jsonl",
            lines(&|person| {
                format!(
                    "{{\"email\": \"{}\", \"contacts\": {{\"{}\": {}}}}}",
                    person.email,
                    person.last_name,
                    person.object()
                )
            }),
        ),
        (
            "csv",
            format!(
                "[{}]",
                joined(",\n", &|person| format!("[\"{}\"]", person.cells().join("\", \"")))
            ),
        ),
        (
            "xml",
            format!(
                "<?xml version=\"1.0\"?>\n<p>{}</p>",
                lines(&|person| {
                    format!(
                        "<{0} town=\"{1}\">{2}</{0}>",
                        person.last_name, person.town, person.email
                    )
                })
            ),
        ),
        ("csv", format!("<p>\n{}</p>", lines(&|person| format!("<n>{}</n>", names(person))))),
        (
            "csv",
            lines(&|person| {
                format!(
                    "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nNOTE:{}\nEND:VCARD",
                    names(person),
                    person.diagnosis
                )
            }),
        ),
        (
            "txt",
            lines(&|person| {
                format!("dn: cn={},dc=example\nsn: {}\n", names(person), person.last_name)
            }),
        ),
        (
            "txt",
            joined("", &|person| {
                [
                    "80000100".to_owned(),
                    format!("3101{}", person.last_name),
                    format!("3102{}", person.first_name),
                ]
                .map(length)
                .concat()
            }),
        ),
        (
            "sql",
            lines(&|person| {
                format!(
                    "INSERT INTO leute (id, \"{}\") VALUES (1, '{}');",
                    person.last_name, person.town
                )
            }),
        ),
        ("sql", lines(&|person| format!("INSERT INTO `{}` VALUES (1, 2);", person.last_name))),
        (
            "csv",
            lines(&|person| {
                format!("INSERT INTO leute VALUES ('{}', '{}');", person.last_name, person.town)
            }),
        ),
        ("csv", format!("PAR1\u{15}\u{4}{}", joined("\u{b}", &names))),
        ("", format!("\u{15}\u{4}{}", joined("\u{5}\n", &names))),
    ]
}
