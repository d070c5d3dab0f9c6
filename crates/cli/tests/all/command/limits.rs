//! Oversized inputs: memory stays small, and the outcome is clear.
//!
//! The command runs under a system limit on its memory, which is less than each input unpacks to. A command that
//! needs more is killed, and its test fails.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek as _, SeekFrom, Write},
    process::Command,
    thread,
};

use super::{
    formats,
    support::{
        EVA, LEAKDEX, MAX, NOBODY, REJECTS, Run, Site, gzip, in_campaign, lines, piped, verdicts,
    },
};

const MIB: usize = 1 << 20;

/// The memory for the command, in KiB: about twice what it takes for a few rows.
const MEMORY: usize = 64 << 10;

/// The memory for rows of very many fields, in KiB: each thread stores the positions of a row's fields.
const MEMORY_OF_FIELDS: usize = 192 << 10;

const CHECK: &str = "check --threads 2 --key key --index leak.leakdex --rejects r --summary s";

fn run(site: &Site, arguments: &str) -> Run {
    run_within(MEMORY, site, arguments, |_| Ok(()))
}

/// The command, within this much memory.
pub fn limited(memory: usize, site: &Site, arguments: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -d {memory} && exec \"$0\" \"$@\"")]).arg(LEAKDEX);
    command.args(arguments.split_whitespace()).current_dir(site.path(""));
    command
}

/// Runs the command within this much memory. `feed` writes its standard input.
fn run_within(
    memory: usize,
    site: &Site,
    arguments: &str,
    feed: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
) -> Run {
    let mut child = piped(&mut limited(memory, site, arguments));
    let mut input = child.stdin.take().expect("standard input is a pipe");
    // The command may stop reading before the end.
    let feeder = thread::spawn(move || feed(&mut input));
    let output = child.wait_with_output().expect("the command ends");
    match feeder.join().expect("the feeder ends") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => panic!("{error}"),
        _ => site.after(arguments.to_owned(), &output),
    }
}

/// Asserts that a check of this input is an error, and that nothing is published.
#[track_caller]
fn refused(site: &Site, options: &str, input: &str, words: &[&str]) {
    refused_within(MEMORY, site, options, input, words);
}

#[track_caller]
fn refused_within(memory: usize, site: &Site, options: &str, input: &str, words: &[&str]) {
    let run = |arguments: &str| run_within(memory, site, arguments, |_| Ok(()));
    ["r", "s", "o"].iter().for_each(|name| site.write(name, "earlier"));
    let index = site.bytes("leak.leakdex");
    run(&format!("{CHECK} --output o {options} {input}")).expect_error(words).prints("");
    let build = "build --threads 2 --key key --output leak.leakdex --rejects r --summary s";
    run(&format!("{build} {options} {input}")).expect_error(words).prints("");
    let leak =
        format!("check --threads 2 --rejects r --output o {options} --leak {input} members.csv");
    run(&leak).expect_error(words).prints("");
    assert!(site.bytes("leak.leakdex") == index, "the index was replaced");
    for name in ["r", "s", "o"] {
        assert_eq!(site.read(name), "earlier", "{name}");
    }
}

#[test]
fn the_memory_limit_is_enforced() {
    let site = Site::with_index();
    let run = run_within(4 << 10, &site, &format!("{CHECK} members.csv"), |_| Ok(()));
    assert!(!run.stdout.contains("affected"), "{run:?}");
}

#[test]
fn a_line_longer_than_the_memory_is_one_reject_and_the_other_rows_are_read() {
    let site = Site::with_index();
    site.write("m.csv", format!("KVNR\n{MAX}\n{}", "x".repeat(2 * MIB)));
    let mut file =
        OpenOptions::new().write(true).open(site.path("m.csv")).expect("it was just written");
    // A hole takes no space on the disk, and is read as NUL bytes.
    file.seek(SeekFrom::Start(in_campaign(1 << 30, 128 << 20))).expect("a file can have holes");
    write!(file, "\n{EVA}\n").expect("the temporary folder can be written");
    drop(file);
    run(&site, &format!("{CHECK} --all m.csv"))
        .expect(3)
        .verdicts("affected indeterminate affected");
    assert_eq!(site.read("r"), lines(REJECTS, &["m.csv,2,,row-too-long"]));

    let build = "build --threads 2 --key key --output i --rejects r --max-rejects 1";
    for (command, opening) in [(CHECK, ""), (CHECK, "\""), (CHECK, "x;\""), (build, "")] {
        let run = run_within(MEMORY, &site, &format!("{command} -"), move |input| {
            write!(input, "id;KVNR\na;{MAX}\n{opening}")?;
            let chunk = vec![b'x'; MIB];
            (0..100).try_for_each(|_| input.write_all(&chunk))?;
            write!(input, "\nb;{EVA}\n")
        });
        if command == CHECK {
            let run = run.expect(3).verdicts("affected affected");
            assert!(run.stdout.contains("\n'-,3,b,affected,"), "{}", run.stdout);
            assert_eq!(site.json("s")["indeterminate"], 1);
        } else {
            run.expect(0);
        }
        assert_eq!(site.read("r"), lines(REJECTS, &["'-,2,,row-too-long"]), "after {opening:?}");
    }
}

#[test]
fn a_header_of_a_million_columns_is_refused() {
    let site = Site::with_index();
    let many = ["1000001 columns", "65536", "delimiter"];
    site.write("m.csv", format!("KVNR{}\n{MAX}\n", ",".repeat(1_000_000)));
    refused_within(MEMORY_OF_FIELDS, &site, "", "m.csv", &many);
    site.write("m.csv", format!("KVNR{}\n{MAX}\n", ";c".repeat(1_000_000)));
    refused_within(MEMORY_OF_FIELDS, &site, "", "m.csv", &["first row", "longer than 1 MiB"]);
    site.write("m.sql", format!("INSERT INTO m VALUES ('{MAX}'{});\n", ",1".repeat(500_000)));
    refused_within(MEMORY_OF_FIELDS, &site, "", "m.sql", &["500001 columns"]);
}

#[test]
fn a_row_of_a_million_columns_damages_no_other_row() {
    let site = Site::with_index();
    let empty = format!("{MAX};{}", ";".repeat(1_000_000));
    let filled = format!("{NOBODY};{}", ";1".repeat(500_000));
    let long = format!("{MAX};{}", ";1".repeat(1_000_000));
    site.write("m.csv", format!("KVNR;PLZ\n{empty}\n{filled}\n{long}\n{EVA};1\n"));
    let run = run_within(MEMORY_OF_FIELDS, &site, &format!("{CHECK} --all m.csv"), |_| Ok(()));
    run.expect(3).verdicts("affected indeterminate indeterminate affected");
    let rejects = site.read("r");
    assert!(rejects.contains("m.csv,2,,too-many-fields\nm.csv,3,,row-too-long\n"), "{rejects}");
}

/// A gzip file of a few rows around a line of this many mebibytes.
fn gzip_bomb(line: usize, byte: u8) -> Vec<u8> {
    let member = gzip(vec![byte; 4 * MIB]).repeat(line / 4);
    [gzip(format!("KVNR\n{MAX}\n")), member, gzip(format!("\n{EVA}\n"))].concat()
}

/// The same as a zstd file, with a window of two to the power of `window` bytes.
fn zstd_bomb(line: usize, byte: u8, window: u8) -> Vec<u8> {
    // RFC 8878, 3.1.1: a frame without a checksum or a content size, with blocks of at most 128 KiB.
    let block = |size: usize, block_type: u32, last: bool, content: &[u8]| {
        let size = u32::try_from(size).expect("a block is short");
        let header = (size << 3 | block_type << 1 | u32::from(last)).to_le_bytes();
        [&header[..3], content].concat()
    };
    let raw = |text: String, last| block(text.len(), 0, last, text.as_bytes());
    let run = block(128 << 10, 1, false, &[byte]).repeat(line * 8);
    let header = [0x28, 0xB5, 0x2F, 0xFD, 0, (window - 10) << 3];
    let (first, last) = (raw(format!("KVNR\n{MAX}\n"), false), raw(format!("\n{EVA}\n"), true));
    [&header[..], &first, &run, &last].concat()
}

#[test]
fn rows_around_the_long_row_of_a_bomb_are_read() {
    // A build without optimisation unpacks 50 MB/s of gzip. So each bomb unpacks to less than a gibibyte, but
    // to more than the memory.
    for (name, packed) in
        [("m.csv.gz", gzip_bomb(96, b'x')), ("m.csv.zst", zstd_bomb(256, b'x', 17))]
    {
        assert!(packed.len() < MIB, "{} bytes", packed.len());
        let site = Site::with_index();
        site.write(name, packed);
        run(&site, &format!("{CHECK} --all {name}"))
            .expect(3)
            .verdicts("affected indeterminate affected");
        assert_eq!(site.read("r"), lines(REJECTS, &[&*format!("{name},2,,row-too-long")]));
    }
}

#[test]
fn a_bomb_above_the_set_limit_is_an_error_and_publishes_nothing() {
    for (name, packed) in
        [("m.csv.gz", gzip_bomb(16, b'x')), ("m.csv.zst", zstd_bomb(16, b'x', 17))]
    {
        let site = Site::with_index();
        site.write(name, packed);
        let words = [name, "2 MB", "--max-input-bytes", "raise the limit"];
        refused(&site, "--max-input-bytes 2MB", name, &words);
        run(&site, &format!("{CHECK} --max-input-bytes 17MiB {name}")).expect(3);
    }
}

#[test]
fn the_limit_counts_plain_inputs_and_standard_input_too() {
    let site = Site::with_index();
    let text = format!("KVNR\n{MAX}\n");
    let length = text.len();
    site.write("m.csv", &text);
    let short = format!("--max-input-bytes {}", length - 1);
    refused(&site, &short, "m.csv", &["--max-input-bytes"]);
    run(&site, &format!("{CHECK} --max-input-bytes {length} m.csv")).expect(0);
    let check = format!("{CHECK} {short} -");
    site.feed(&check, text).expect_error(&["standard input", "--max-input-bytes"]).prints("");
    site.run(&format!("{CHECK} --max-input-bytes 1.5GB m.csv")).expect(2).says("500MB");
}

#[test]
fn a_bomb_of_nul_bytes_is_refused_early() {
    let site = Site::with_index();
    site.write("m.csv.gz", gzip_bomb(16, 0));
    refused(&site, "", "m.csv.gz", &["m.csv.gz", "NUL"]);
    site.write("m.csv.zst", zstd_bomb(256, 0, 17));
    refused(&site, "", "m.csv.zst", &["m.csv.zst", "NUL"]);
}

#[test]
fn zstd_windows_above_128_mib_are_refused() {
    let site = Site::with_index();
    site.write("m.csv.zst", zstd_bomb(256, b'x', 27));
    run_within(256 << 10, &site, &format!("{CHECK} m.csv.zst"), |_| Ok(()))
        .expect(3)
        .verdicts("affected affected");
    site.write("m.csv.zst", zstd_bomb(1, b'x', 28));
    refused(&site, "", "m.csv.zst", &["m.csv.zst", "256 MiB", "128 MiB", "unpack it first"]);
}

#[test]
fn json_that_nests_a_million_deep_is_one_bad_value_or_row() {
    let site = Site::with_index();
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let rows = [
        format!("{{\"KVNR\":\"{MAX}\"}}"),
        format!("{{\"KVNR\":\"{EVA}\",\"rest\":{}}}", nested(500_000)),
        format!("{{\"KVNR\":{}}}", nested(500_000)),
        format!("{{\"KVNR\":{}", "[".repeat(1_000_000)),
        format!("{{\"KVNR\":{}}}", nested(1_000_000)),
        format!("{{\"KVNR\":\"{EVA}\"}}"),
    ];
    site.write("m.jsonl", rows.join("\n"));
    run(&site, &format!("{CHECK} --all m.jsonl"))
        .expect(3)
        .verdicts("affected affected indeterminate indeterminate indeterminate affected");
    let rejects = ["3,KVNR,nested-value", "4,,invalid-json", "5,,row-too-long"];
    let rejects = rejects.map(|reject| format!("m.jsonl,{reject}"));
    assert_eq!(site.read("r"), lines(REJECTS, &rejects.each_ref().map(String::as_str)));
}

#[test]
fn a_json_line_of_a_million_keys_is_one_reject() {
    let site = Site::with_index();
    let line = |count: usize| {
        let mut line = String::from("{");
        (0..count).for_each(|number| line += &format!("\"k{number:x}\":0,"));
        line + &format!("\"KVNR\":\"{EVA}\"}}\n")
    };
    // Each key counts towards the limit of a row. The line with fewer keys just fits.
    let (fitting, million) = (line(94_000), line(1_000_000));
    assert!((MIB * 7 / 8..MIB).contains(&fitting.len()), "{} bytes", fitting.len());
    let first = format!("{{\"KVNR\":\"{MAX}\"}}\n");
    site.write("m.jsonl", first.clone() + &million + &fitting + &first);
    run(&site, &format!("{CHECK} --all m.jsonl"))
        .expect(3)
        .verdicts("affected indeterminate affected affected");
    assert_eq!(site.read("r"), lines(REJECTS, &["m.jsonl,2,,row-too-long"]));
}

/// Feeds a dump: `opening`, and then more `x` than fit into memory.
fn check_dump(site: &Site, opening: &str) -> Run {
    let opening = opening.to_owned();
    run_within(MEMORY, site, &format!("{CHECK} --all --format sql -"), move |input| {
        input.write_all(opening.as_bytes())?;
        let chunk = vec![b'x'; MIB];
        (0..72).try_for_each(|_| input.write_all(&chunk))
    })
}

#[test]
fn a_statement_without_end_is_one_reject() {
    let site = Site::with_index();
    let insert = format!("INSERT INTO m (KVNR) VALUES ('{MAX}'),");
    for (open, reason) in [
        // An unclosed text in a row, and an unclosed row.
        (format!("{insert}('"), "row-too-long"),
        (format!("{insert}("), "row-too-long"),
        // An unclosed comment and an unclosed PostgreSQL text. Both may contain rows.
        (format!("{insert} /* "), "invalid-sql"),
        (format!("/* PostgreSQL */ {insert}('{MAX}'); DO $a$ "), "invalid-sql"),
    ] {
        let run = check_dump(&site, &open).expect(3);
        assert!(verdicts(&run.stdout).starts_with(&["affected".into()]), "{open}");
        assert_eq!(verdicts(&run.stdout).last().map(String::as_str), Some("indeterminate"));
        let rejects = site.read("r");
        assert_eq!(rejects.lines().count(), 2, "{rejects}");
        assert!(rejects.ends_with(&format!(",,{reason}\n")), "{rejects}");
    }
}

#[test]
fn a_dump_whose_rows_never_begin_is_refused() {
    let site = Site::with_index();
    for open in ["INSERT INTO m (KVNR, ", "CREATE TABLE m (KVNR ", "/* "] {
        check_dump(&site, open).expect_error(&["standard input", "no rows"]).prints("");
    }
}

#[test]
fn names_in_a_dump_are_kept_up_to_the_length_limit() {
    let site = Site::with_index();
    let run = run_within(MEMORY, &site, &format!("{CHECK} --format sql -"), |input| {
        write!(input, "CREATE TABLE m (")?;
        let name = vec![b'x'; MIB / 2];
        for _ in 0..256 {
            input.write_all(&name)?;
            write!(input, " text, ")?;
        }
        write!(input, "KVNR text);\nINSERT INTO m VALUES ({}'{MAX}');\n", "NULL,".repeat(256))
    });
    // Each column keeps its position.
    run.expect(0).verdicts("affected");
}

#[test]
fn a_workbook_above_the_limit_is_refused_although_its_file_is_small() {
    let site = Site::with_index();
    let cell = |name: &str, text: &str| formats::text(name, text);
    let row = format!("<row>{}</row><row>{}</row>", cell("A1", "KVNR"), cell("A2", MAX));
    let long = format!("<row>{}</row>", cell("A3", &"x".repeat(2 * MIB)));
    let book = formats::workbook(&(row + &long));
    assert!(book.len() < MIB / 8, "{} bytes", book.len());
    site.write("m.xlsx", book);
    let words = ["m.xlsx", "1 MiB", "--max-input-bytes"];
    refused(&site, "--max-input-bytes 1MiB", "m.xlsx", &words);
    run(&site, &format!("{CHECK} --max-input-bytes 3MiB m.xlsx")).expect(3);
}

#[test]
fn a_workbook_above_256_mib_is_refused() {
    let site = Site::with_index();
    site.write("m.xlsx", b"PK\x03\x04xl/");
    let file = File::options().write(true).open(site.path("m.xlsx")).expect("just written");
    file.set_len((256 << 20) + 1).expect("a file can have holes");
    let check = format!("{CHECK} m.xlsx");
    let run = run_within(1 << 20, &site, &check, |_| Ok(()));
    run.expect_error(&["m.xlsx", "256 MiB", "CSV"]).prints("");
}
