//! Arbitrary bytes as lines of fixed width, or as text with a delimiter of several characters: the same rows
//! for every block size, and the same rows if the delimiter is a single byte instead.
//!
//! The first three bytes of an input choose the options; see `choices`.

use leakdex_input::Format;

use super::text::{
    ENCODINGS, Reading, assert_addresses_are_read, choices, default_reading,
    rows_of_any_block_size, texts,
};

const LAYOUTS: [&str; 3] = [
    "name;length\nid;3\nemail;8\nplz;5\n",
    "name;length\nid;1\nemail;1\n",
    "name;start;end\nemail;3;40\nid;1;2\nkvnr;1;12\n-;41;300\n",
];

const DELIMITERS: [&str; 4] = ["+|", "||", "~|~", "<br>"];

/// Checks the promises for the file in these bytes.
pub fn check(data: &[u8]) {
    let Some((mode, block_size, row_limit, data)) = choices(data) else { return };
    let choice = usize::from(mode >> 2);
    match mode & 3 {
        0 => {
            let reading = Reading {
                encoding: ENCODINGS[choice & 7],
                layout: Some(LAYOUTS[(choice >> 3) % LAYOUTS.len()]),
                row_limit,
                ..default_reading(Format::Fixed)
            };
            // An error is fine as long as it is the same.
            let _ = rows_of_any_block_size(data, reading, block_size);
        }
        1 => {
            let reading = Reading {
                encoding: ENCODINGS[choice & 7],
                delimiter: [None, Some("+|"), Some("¦"), Some("||")][choice >> 3 & 3],
                row_limit,
                ..default_reading(Format::Csv)
            };
            let _ = rows_of_any_block_size(data, reading, block_size);
        }
        2 => assert_is_like_one_byte(data, DELIMITERS[choice & 3], block_size),
        _ => {
            let cell = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
            // The reader uses this byte in place of the delimiter, and replaces it in the text.
            let texts: Vec<String> =
                texts(data).iter().map(|text| text.replace('\u{1F}', "")).collect();
            let rows = texts.iter().map(|text| format!("1+|{}\r\n", cell(text)));
            let file = format!("id+|email\r\n{}", rows.collect::<String>());
            let columns = &["email=email"];
            let reading =
                Reading { delimiter: Some("+|"), columns, ..default_reading(Format::Csv) };
            assert_addresses_are_read(file.as_bytes(), reading, &texts);
        }
    }
}

fn assert_is_like_one_byte(data: &[u8], delimiter: &str, block_size: usize) {
    let text = String::from_utf8_lossy(data).replace(['\u{1F}', '\u{1C}'], "");
    let text = format!("id{delimiter}email{delimiter}x\nA\n{text}");
    // A row has fewer bytes with a shorter delimiter. The high row limit ensures that this makes no difference.
    let columns: &[&str] = &["id=id", "email=email", "x=kvnr"];
    let reading = Reading { columns, row_limit: 1 << 20, ..default_reading(Format::Csv) };
    let read = |text: &str, delimiter| {
        let reading = Reading { delimiter: Some(delimiter), ..reading };
        rows_of_any_block_size(text.as_bytes(), reading, block_size)
    };
    let several = read(&text, delimiter);
    let single = read(&text.replace(delimiter, "\u{1F}"), "\\x1f");
    // A field that may begin with a part of the delimiter is unusable.
    if text.contains(&format!("{delimiter}{}", &delimiter[..1])) {
        return;
    }
    if let (Ok(several), Ok(single)) = (several, single) {
        let single: Vec<String> =
            single.iter().map(|row| row.replace("\\u{1f}", delimiter)).collect();
        assert_eq!(several, single);
    }
}
