use super::*;
use crate::formats::testing::read;

const LAYOUT: &str =
    "name;start;length\nNr;1;4\nNachname;5;10\nVorname;15;10\nPLZ;25;5\nE-Mail;30;21\n";

fn options(layout: &str) -> Options {
    Options { layout: Some(layout.parse().expect("well formed")), ..Options::default() }
}

fn line(nr: &str, last: &str, first: &str, postcode: &str, email: &str) -> String {
    format!("{nr:4}{last:10}{first:10}{postcode:5}{email:21}")
}

fn people() -> [String; 3] {
    [
        line("1", "Müller", "Jörg", "10115", "joerg@example.de"),
        line("2", "Beispiel", "Eva", "45127", "eva@example.de"),
        line("3", "Mustermann", "Maximilian", "01067", "max@example.de"),
    ]
}

const ROWS: [&str; 3] = [
    "last-name=Müller first-name=Jörg postal-code=10115 email=joerg@example.de",
    "last-name=Beispiel first-name=Eva postal-code=45127 email=eva@example.de",
    "last-name=Mustermann first-name=Maximilian postal-code=01067 email=max@example.de",
];

/// Pads a text to a number of characters.
fn to_characters(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

/// Pads a text to a number of bytes.
fn to_bytes(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width - text.len())
}

#[test]
fn positions_count_characters_in_every_encoding() {
    let file = people().join("\r\n");
    let (latin, ..) = encoding_rs::WINDOWS_1252.encode(&file);
    let utf_16: Vec<u8> =
        "\u{FEFF}".encode_utf16().chain(file.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [file.as_bytes(), &latin, &utf_16] {
        let read = read("a.txt", bytes, &options(LAYOUT));
        assert_eq!(read.expect("readable").rows, ROWS);
    }
    let described = read("a.txt", file.as_bytes(), &options(LAYOUT)).expect("readable").described;
    let expected =
        "fixed width, lines of 50 characters, columns at 1-4, 5-14, 15-24, 25-29, 30-50,";
    assert!(described.contains(expected), "{described}");
}

#[test]
fn positions_count_bytes_if_a_program_padded_to_bytes() {
    let padded = |nr: &str, last: &str, first: &str, postcode: &str, email: &str| {
        let cells = [(nr, 4), (last, 10), (first, 10), (postcode, 5), (email, 21)];
        cells.map(|(text, width)| to_bytes(text, width)).concat()
    };
    let lines = [
        padded("1", "Müller", "Jörg", "10115", "joerg@example.de"),
        padded("2", "Beispiel", "Eva", "45127", "eva@example.de"),
        padded("3", "Mustermann", "Maximilian", "01067", "max@example.de"),
    ];
    let trimmed = lines.each_ref().map(|line| line.trim_end());
    for file in [lines.join("\n"), trimmed.join("\n")] {
        let read = read("a.txt", file.as_bytes(), &options(LAYOUT)).expect("readable");
        assert_eq!(read.rows, ROWS);
        assert!(read.described.contains("positions count bytes"), "{}", read.described);
    }
    // A digit at the end of its column looks like the beginning of a value, if bytes are counted.
    let layout = "name;start;length\nNachname;1;10\nKinder;11;2\nE-Mail;13;20\nNotiz;33;4\n";
    let line = |name: &str| format!("{name:10} 3{:24}", "a@example.de");
    let file = ["Beispiel", "Müller", "Körner", "Weiß"].map(line).join("\n");
    let read = read("a.txt", file.as_bytes(), &options(layout)).expect("readable");
    assert!(!read.described.contains("positions count bytes"), "{}", read.described);
    assert!(read.rows.iter().all(|row| row.contains("email=a@example.de")), "{:?}", read.rows);
}

#[test]
fn most_lines_show_the_unit_of_positions() {
    let layout = "name;start;length\nNachname;1;10\nKinder;11;2\nE-Mail;13;20\nNotiz;33;4\n";
    let lines = |pad: fn(&str, usize) -> String| {
        let line = |number: usize| {
            let last = if number.is_multiple_of(8) { "Müller" } else { "Beispiel" };
            let email = format!("p{number}@example.de");
            format!("{} 3{email:24}", pad(last, 10))
        };
        (0..24).map(line).collect::<Vec<_>>()
    };
    let trimmed = |lines: Vec<String>| {
        lines.iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
    };
    let mut one_trimmed = lines(to_characters);
    one_trimmed[5].truncate(30);
    let titled = [vec!["Export".to_owned()], lines(to_characters)].concat();
    for (lines, skipped, doubtful, counts_bytes) in [
        (titled, 1, None, false),
        (one_trimmed, 0, Some(5), false),
        // The places of the values show the unit of trimmed lines, also beside a number that ends its column.
        (trimmed(lines(to_characters)), 0, None, false),
        (trimmed(lines(to_bytes)), 0, None, true),
    ] {
        let options = Options { skip_rows: Some(skipped), ..options(layout) };
        let read = read("a.txt", lines.join("\n").as_bytes(), &options).expect("readable");
        let note = read.described.contains("positions count bytes");
        assert_eq!(note, counts_bytes, "{}", read.described);
        assert_eq!(read.rows.len(), 24);
        for (number, row) in read.rows.iter().enumerate() {
            assert!(row.contains(&format!("email=p{number}@example.de")), "{row}");
            assert_eq!(row.starts_with("doubt=too-few-fields"), doubtful == Some(number), "{row}");
        }
    }
}

#[test]
fn records_without_line_ends_show_the_unit_of_positions() {
    let options =
        options("name;start;length\nNr;1;8\nNachname;9;16\nVorname;25;16\nE-Mail;41;34\n");
    let last = |number: usize, umlaut: usize| if number == umlaut { "Müller" } else { "Muster" };
    let file = |count: usize, umlaut: usize, pad: fn(&str, usize) -> String| -> String {
        let record = |number: usize| {
            let last = pad(last(number, umlaut), 16);
            let email = format!("p{number}@example.de");
            format!("{number:>8}{last}{:16}{email:34}", "Eva")
        };
        (1..=count).map(record).collect()
    };
    for pad in [to_characters, to_bytes] {
        for (count, umlaut) in [(25, 4), (25, 25), (2000, 1500), (20_000, 4)] {
            let file = file(count, umlaut, pad);
            let rows = read("a.txt", file.as_bytes(), &options).expect("readable").rows;
            let expected = |number: usize| {
                let last = last(number, umlaut);
                format!("last-name={last} first-name=Eva email=p{number}@example.de")
            };
            assert_eq!(rows, (1..=count).map(expected).collect::<Vec<_>>());
        }
        // The first mebibyte has no umlaut.
        let file = file(20_000, 18_000, pad);
        let rows = read("a.txt", file.as_bytes(), &options).expect("readable").rows;
        let is_doubtful = |row: &String| row.starts_with("doubt=too-few-fields");
        assert_eq!((rows.len(), rows.iter().position(is_doubtful)), (20_000, Some(17_999)));
        assert!(rows[17_999..].iter().all(is_doubtful));
        let skipping = Options { skip_rows: Some(18_500), ..options.clone() };
        let rows = read("a.txt", file.as_bytes(), &skipping).expect("readable").rows;
        assert!(rows.len() == 1500 && rows.iter().all(is_doubtful));
    }
}

#[test]
fn records_without_line_ends_are_cut_by_the_layout() {
    for file in [people().concat(), people().concat().replace('ü', "u").replace('ö', "o")] {
        let read = read("a.txt", file.as_bytes(), &options(LAYOUT)).expect("readable");
        assert_eq!(read.rows.len(), 3);
        assert_eq!(read.rows[2], ROWS[2]);
        assert!(read.described.contains("without line ends"), "{}", read.described);
    }
    let long = people().concat().repeat(8000);
    let joined = format!("{long}\r\n{}\r\n", people().concat());
    let rows = read("a.txt", joined.as_bytes(), &options(LAYOUT)).expect("readable").rows;
    assert_eq!((rows.len(), &*rows[24_001]), (24_003, ROWS[1]));
    let stray = format!("{long}{}", people().concat().replacen("Müller ", "Mül\nler", 1));
    let rows = read("a.txt", stray.as_bytes(), &options(LAYOUT)).expect("readable").rows;
    assert!(rows[24_000].starts_with("doubt=stray-line-end"), "{}", rows[24_000]);
    assert_eq!(rows[24_001], ROWS[1]);
    let cut_off = people().concat();
    let read = read("a.txt", &cut_off.as_bytes()[..120], &options(LAYOUT)).expect("readable");
    assert_eq!(
        read.rows[2],
        "doubt=too-few-fields last-name=Mustermann first-name=Maxi postal-code= email="
    );
}

#[test]
fn a_line_that_lost_or_gained_a_character_is_reported() {
    let [one, two, three] = people();
    let file = [one.clone(), two.replacen("Bei", "Bi", 1), three.clone() + "x", three].join("\n");
    let rows = read("a.txt", file.as_bytes(), &options(LAYOUT)).expect("readable").rows;
    assert_eq!(rows[0], ROWS[0]);
    assert!(rows[1].starts_with("doubt=too-few-fields last-name=Bispiel"), "{}", rows[1]);
    assert!(rows[2].starts_with("doubt=too-many-fields last-name=Mustermann"), "{}", rows[2]);
    assert_eq!(rows[3], ROWS[2]);
}

#[test]
fn a_line_of_another_length_than_most_is_reported_even_if_its_end_is_blank() {
    let line = |last: &str| format!("{last:10}{:30}    ", "a@example.de");
    let (usual, longer) = (line("Beispiel"), line("M&#252;sterm"));
    let shorter = usual.replacen("Bei", "Bi", 1);
    let file = [vec![usual; 24], vec![longer, shorter]].concat().join("\n");
    // The second layout ends before the lines do.
    for note in ["Notiz;41;4\n", ""] {
        let layout = format!("name;start;length\nNachname;1;10\nE-Mail;11;30\n{note}");
        let rows = read("a.txt", file.as_bytes(), &options(&layout)).expect("readable").rows;
        assert!(rows[..24].iter().all(|row| row == "last-name=Beispiel email=a@example.de"));
        assert!(rows[24].starts_with("doubt=too-many-fields"), "{}", rows[24]);
        assert!(rows[25].starts_with("doubt=too-few-fields"), "{}", rows[25]);
    }
}

#[test]
fn lines_without_trailing_spaces_are_complete() {
    let trimmed = people().map(|line| line.trim_end().to_owned()).join("\n") + "\n4   Meier\n";
    let read = read("a.txt", trimmed.as_bytes(), &options(LAYOUT)).expect("readable");
    assert_eq!(read.rows[..3], ROWS);
    assert_eq!(read.rows[3], "last-name=Meier first-name= postal-code= email=");
    assert!(read.described.contains("without blanks before line ends"), "{}", read.described);
}

#[test]
fn a_line_that_may_be_padded_to_bytes_is_reported_if_the_first_lines_do_not_show_it() {
    let trimmed = |last: &str, email: &str| {
        line("1", last, "Max", "10115", email).trim_end().to_owned() + "\n"
    };
    let first = trimmed("Muster", "a@b.de").repeat(40_000);
    let padded = "2   Müller   Jörg     10115a@b.de\n";
    let file = first + &trimmed("Muster", "ä@b.de") + padded + &trimmed("Müller", "a@b.de");
    let rows = read("a.txt", file.as_bytes(), &options(LAYOUT)).expect("readable").rows;
    assert!(rows[40_000].starts_with("last-name=Muster"), "no column is after the umlaut");
    assert!(rows[40_001].starts_with("doubt=too-few-fields"), "{}", rows[40_001]);
    assert!(rows[40_002].starts_with("last-name=Müller first-name=Max"), "{}", rows[40_002]);
    // Lines of different lengths do not show it either.
    let blanks = |number: usize| " ".repeat(number % 3) + "\n";
    let [umlaut, plain, _] = people();
    let first: String = (0..40_000).map(|number| plain.clone() + &blanks(number)).collect();
    let padded = format!("1   {}{:36}   \n", to_bytes("Müller", 10), "Eva");
    let file = first + &padded + &umlaut;
    let rows = read("a.txt", file.as_bytes(), &options(LAYOUT)).expect("readable").rows;
    assert!(rows[40_000].starts_with("doubt=too-few-fields"), "{}", rows[40_000]);
    assert_eq!((&*rows[39_999], &*rows[40_001]), (ROWS[1], ROWS[0]));
}

#[test]
fn a_layout_that_ends_before_the_lines_is_refused() {
    let short: String = LAYOUT.lines().take(5).collect::<Vec<_>>().join("\n");
    let error = read("a.txt", people().join("\n").as_bytes(), &options(&short)).map(|_| ());
    let error = error.expect_err("the address is missing");
    assert!(error.contains("the layout ends at character 29, and most lines have 50"), "{error}");
    let filled = short + "\n-;30;21\n";
    let columns = vec!["Nr=kvnr".parse().expect("a mapping")];
    let options = Options { columns, ..options(&filled) };
    let rows = read("a.txt", people().join("\n").as_bytes(), &options).expect("readable").rows;
    assert_eq!(rows[0], "kvnr=1 last-name=Müller first-name=Jörg postal-code=10115");
    let lost = people().join("\n").replacen("10115", "1011", 1);
    let rows = read("a.txt", lost.as_bytes(), &options).expect("readable").rows;
    assert!(rows[0].starts_with("doubt=too-few-fields"), "{}", rows[0]);
}

#[test]
fn lines_above_the_first_record_can_be_skipped_and_blank_lines_are_not_rows() {
    let file = format!("Export\n=====\n{}\n\n   \n\x1A", people().join("\n"));
    let options = Options { skip_rows: Some(2), ..options(LAYOUT) };
    assert_eq!(read("a.txt", file.as_bytes(), &options).expect("readable").rows, ROWS);
}

#[test]
fn records_without_line_ends_can_be_skipped() {
    let options = Options { skip_rows: Some(1), ..options(LAYOUT) };
    let rows = |file: &str, options: &Options| {
        read("a.txt", file.as_bytes(), options).expect("readable").rows
    };
    assert_eq!(rows(&people().concat(), &options), ROWS[1..]);
    let many = people().concat().repeat(10_000);
    let options = Options { skip_rows: Some(29_998), ..options };
    assert_eq!(rows(&many, &options), ROWS[1..]);
}

#[test]
fn the_names_in_a_layout_are_shown_and_are_never_data() {
    for name in ["Meier", "A123456780", "a@b.de", "1.2.1970", "Feldweg 7a", "Özgür", "x"] {
        let layout = LAYOUT.replace("Nr;", &format!("{name};"));
        let file = people().join("\n");
        let found = read("a.txt", file.as_bytes(), &options(&layout)).expect("readable");
        assert_eq!(found.rows, ROWS, "{name}");
        assert!(found.notes.contains(&format!("'{name}' (column 1)")), "{}", found.notes);
        // The error for a missing column lists the names, too.
        let columns = vec!["Numer=kvnr".parse().expect("a mapping")];
        let options = Options { columns, ..options(&layout) };
        let error = read("a.txt", file.as_bytes(), &options).map(|_| ());
        let error = error.expect_err("no such column");
        assert!(error.contains(&format!("columns found: '{name}'")), "{error}");
    }
}

#[test]
fn lines_of_fixed_width_without_a_layout_are_refused() {
    let file = people().join("\n");
    let error = read(
        "a.txt",
        file.as_bytes(),
        &Options { format: Some(Format::Fixed), ..Options::default() },
    );
    assert!(error.map(|_| ()).expect_err("no layout").contains("columns of fixed width"));
    // Without the option, the format is detected.
    let error = crate::Input::of_bytes(file.into_bytes(), &Options::default()).map(|_| ());
    let error = error.expect_err("no layout").to_string();
    assert!(error.contains("columns of fixed width") && !error.contains("Muster"), "{error}");
}

#[test]
fn a_single_column_does_not_count_as_fixed_width() {
    let names = "Name\nMuster  Max\nEva Beispiel\nMax Muster\nJörg Müller\n";
    let email = "E-Mail\na@example.de\nb@example.de\n";
    for file in [names, email] {
        assert!(!sniff::looks_fixed(file.as_bytes(), b'\n'), "{file}");
    }
}

#[test]
fn an_invalid_byte_does_not_shift_the_columns() {
    let [one, two, three] = people();
    let damaged = two.replacen('B', "\u{1}", 1).into_bytes();
    let damaged: Vec<u8> =
        damaged.into_iter().map(|byte| if byte == 1 { 0xFC } else { byte }).collect();
    let text = ([one, three].join("\n") + "\n").repeat(10);
    let file = [&damaged, &b"\n"[..], text.as_bytes()].concat();
    let rows = read("a.txt", &file, &options(LAYOUT)).expect("readable").rows;
    assert_eq!(
        rows[0],
        "last-name!invalid-encoding first-name=Eva postal-code=45127 email=eva@example.de"
    );
}
