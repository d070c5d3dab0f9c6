//! Writes seeds for every fuzz target to `fuzz/corpus/`, or to the folder that is named: what the
//! test vectors and a few made-up files hold, and the committed inputs. The same on every run.
//!
//! ```sh
//! cargo run --package leakdex --example fuzz_seeds
//! ```

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

#[path = "../tests/fuzz/key.rs"]
mod key;
#[path = "../tests/fuzz/sound.rs"]
mod sound;

use leakdex::Field;

/// The inputs of one target, each with its name.
type Seeds = Vec<(String, Vec<u8>)>;

/// A target's name, and what makes its seeds.
type Target = (&'static str, fn() -> Seeds);

const TARGETS: [Target; 8] = [
    ("open_bytes", index_files),
    ("open_bytes_resealed", forgeries),
    ("normalize", values),
    ("build_then_check", random_leaks),
    ("csv_rows", csv_files),
    ("jsonl_rows", jsonl_files),
    ("sql_rows", sql_files),
    ("report_cells", cells),
];

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = env::args_os().nth(1).map_or_else(|| root().join("fuzz/corpus"), PathBuf::from);
    for (target, seeds) in TARGETS {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        let seeds = seeds();
        for (name, seed) in &seeds {
            fs::write(folder.join(format!("seed-{name}")), seed)?;
        }
        let committed = copy_committed(target, &folder)?;
        println!("{target}: {} seeds, {committed} committed inputs", seeds.len());
    }
    Ok(())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What once broke a target is a good place to look for more.
fn copy_committed(target: &str, folder: &Path) -> Result<usize, Box<dyn Error>> {
    let mut count = 0;
    for inputs in ["tests/data/fuzz", "crates/input/tests/data/fuzz", "crates/cli/tests/data/fuzz"]
    {
        let Ok(entries) = fs::read_dir(root().join(inputs).join(target)) else { continue };
        for entry in entries {
            let entry = entry?;
            fs::copy(entry.path(), folder.join(entry.file_name()))?;
            count += 1;
        }
    }
    Ok(count)
}

/// Sound files, and the small ones among them with a byte changed here and there.
fn index_files() -> Seeds {
    let mut seeds = Seeds::new();
    for (number, file) in sound::sound_files().into_iter().enumerate() {
        if number < 2 {
            // In the head nothing but the fixed fields matters; the body is read unverified.
            let places = (0..240).step_by(9).chain((4096..file.len()).step_by(37));
            for at in places {
                let mut changed = file.clone();
                changed[at] ^= 0x81;
                seeds.push((format!("file-{number}-changed-at-{at}"), changed));
            }
            for length in [0, 1, 7, 8, 60, 300, 4095, 4096, file.len() - 1] {
                seeds.push((format!("file-{number}-cut-to-{length}"), file[..length].to_vec()));
            }
        }
        seeds.push((format!("file-{number}"), file));
    }
    seeds
}

/// Edits as the target `open_bytes_resealed` reads them.
fn forgeries() -> Seeds {
    let mut seeds = Seeds::new();
    for file in 0..4_u8 {
        seeds.push((format!("file-{file}"), vec![file, 0]));
        for section in 0..10_u8 {
            for (way, fill) in [("ones", 0xFF), ("zeros", 0), ("some", 0x35)] {
                for offset in [0, 8, 64, 200_u8] {
                    // One edit: the section, the offset, 8 bytes out, 8 bytes in.
                    let mut edit = vec![file, 1, section];
                    // Short sections take an offset of one byte, longer ones of two.
                    edit.extend([offset, 8, 8]);
                    edit.extend([fill; 10]);
                    seeds.push((format!("file-{file}-section-{section}-{way}-{offset}"), edit));
                }
            }
        }
        for entries in [0, 1, 4, 5, 255, 256, 1024, 2047_u16] {
            let [low, high] = entries.to_le_bytes();
            seeds.push((format!("file-{file}-entries-{entries}"), vec![file, 1, 10, low, high]));
        }
        for (choice, exposures) in [(0, 0), (0, 1), (0, 2), (0, 256), (0, 257), (2, 0_u16)] {
            let [low, high] = exposures.to_le_bytes();
            let edit = vec![file, 1, 11, low, high, 200, choice];
            seeds.push((format!("file-{file}-exposures-{exposures}-{choice}"), edit));
        }
        for at in (0..240_u16).step_by(4) {
            let [low, high] = at.to_le_bytes();
            let patch = vec![file | 8, 0, low, high, 4, 0xFF, 1, 0, 0x80];
            seeds.push((format!("file-{file}-head-{at}"), patch));
        }
    }
    seeds
}

/// The inputs of the test vectors under every sort of rules, and records for match keys.
fn values() -> Seeds {
    let mut seeds = Seeds::new();
    let mut texts = Vec::new();
    let mut files: Vec<_> = fs::read_dir(root().join("tests/data/vectors"))
        .expect("the vectors are part of the repository")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    for file in files {
        let mut reader = csv::Reader::from_path(file).expect("the vectors are CSV");
        for row in reader.records() {
            texts.push(row.expect("the vectors are CSV")[1].to_owned());
        }
    }
    for (number, text) in texts.iter().enumerate() {
        let rules = [0, 1, 2, 3][number % 4];
        seeds.push((format!("vector-{number}"), [&[rules], text.as_bytes()].concat()));
    }
    for (number, texts) in texts.chunks(5).enumerate() {
        let mut seed = vec![4];
        for (position, text) in texts.iter().enumerate() {
            push_value(&mut seed, (number + position) % Field::ALL.len(), text);
        }
        seeds.push((format!("record-{number}"), seed));
    }
    let persons = [
        ["Müller-Lüdenscheidt", "Hans Peter", "1.2.1970", "01067"],
        ["von der Heide", "Ängström", "1999-12-31", "CH-8001"],
        ["O'Neill", "Zoë", "31.12.99", "1010"],
        ["Kara Cruz", "J.", "00.00.1950", "D 45127"],
    ];
    for (number, person) in persons.iter().enumerate() {
        let mut seed = vec![4];
        let fields = [Field::LastName, Field::FirstName, Field::BirthDate, Field::PostalCode];
        for (field, text) in fields.iter().zip(person) {
            let place = Field::ALL.iter().position(|known| known == field);
            push_value(&mut seed, place.expect("it is a field"), text);
        }
        seeds.push((format!("person-{number}"), seed));
    }
    seeds
}

/// A value as the target `normalize` reads it.
fn push_value(seed: &mut Vec<u8>, field: usize, text: &str) {
    let length = text.len().min(255);
    seed.push(u8::try_from(field).expect("there are few fields"));
    seed.extend([0, u8::try_from(length).expect("it is at most 255")]);
    seed.extend(&text.as_bytes()[..length]);
}

/// Choices for the target `build_then_check`: whatever they are, they make a leak and members.
fn random_leaks() -> Seeds {
    let mut state = 0x6C65_616B_6465_7801_u64;
    let mut random = || {
        // SplitMix64, so that no crate decides what the seeds are.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).to_le_bytes()[0]
    };
    let mut seed = |length: usize, flags: u8| -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..length).map(|_| random()).collect();
        bytes[0] = flags;
        bytes
    };
    (0..40)
        .map(|number: u8| (number.to_string(), seed(40 * usize::from(number) + 8, number)))
        .collect()
}

const LINES: [(&str, &str); 14] = [
    ("plain", "id;email\n1;a@b.de\n2;c@d.de\n"),
    ("usual-names", "Mitglied;E-Mail;KVNR;Geburtsdatum\r\nm1;MAX@example.de;A 123;1.2.1970\r\n"),
    ("quotes", "a,email\n\"x \"\"y\"\" z\",\"a@b.de\"\n\"two\nlines\",c@d.de\n"),
    ("stray-quotes", "email;x\n\"a@b.de;1\nc@d.de;\"Ulm\"x\ne@f.de;\"3\n\"i\nj\";k\n"),
    ("ragged", "email;x\na@b.de\nc@d.de;1;2;\n;;\n\n\r\n;\n"),
    ("separator", "sep=|\r\nemail|a;b|PLZ\r\na@b.de|x|1\r\n"),
    ("returns", "email;PLZ\ra@b.de;1\rc@d.de;2\r"),
    ("lone-return", "email;PLZ;x\na@b.de;1\rc@d.de;2;3\n"),
    ("tabs", "email\tPLZ\na@b.de\t01067\n"),
    ("mark", "\u{FEFF}email;Name\nä@b.de;Müller\n"),
    ("garbled", "email;Name\na@b.de;MÃ¼ller\nc@d.de;StraÃŸe\n"),
    ("classes", "email,Passwort,Passwort\na@b.de,x,\nc@d.de,NULL,y\n"),
    ("no-end", "email\n\"a@b.de\"\r"),
    ("blank", "\n \n\n"),
];

fn csv_files() -> Seeds {
    let mut seeds = Seeds::new();
    for (name, text) in LINES {
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        // By its header, with mappings by number, and among other rows.
        for how in [0, 1, 2, 4, 8, 12, 36] {
            seeds.push((format!("{name}-{how}"), [&[how, 3, 0], text.as_bytes()].concat()));
        }
        seeds.push((format!("{name}-latin"), [&[8, 9, 0], &latin[..]].concat()));
        let (low, high) = (utf_16(text, false), utf_16(text, true));
        seeds.push((format!("{name}-utf-16le"), [&[20, 9, 0], &low[..]].concat()));
        seeds.push((format!("{name}-utf-16be"), [&[24, 9, 0], &high[..]].concat()));
        seeds.push((format!("{name}-marked"), [&[0, 9, 0], &b"\xFF\xFE"[..], &low].concat()));
    }
    let (letters, line_ends, quotes) = ("x".repeat(300), "\n".repeat(300), "\";".repeat(100));
    for (name, limit, text) in [
        ("long-row", 140, format!("a;{letters}\n1;b@c.de;x")),
        ("long-quote", 140, format!("a;\"{line_ends}1;b@c.de;x")),
        ("many-quotes", 0, format!("a;{quotes}")),
    ] {
        seeds.push((name.to_owned(), [&[2, 9, limit], text.as_bytes()].concat()));
    }
    seeds.push(("texts".to_owned(), b"\x03\x09\0a@b.de\xFF\"q\"\xFF two\nlines\xFF;,\r".to_vec()));
    for file in ["leak.csv", "members.csv"] {
        let text = fs::read(root().join("examples").join(file)).expect("the example is there");
        seeds.push((file.to_owned(), [&[0, 40, 0], &text[..]].concat()));
    }
    seeds
}

fn utf_16(text: &str, big_endian: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    let bytes = |unit: u16| if big_endian { unit.rotate_left(8) } else { unit };
    units.map(bytes).flat_map(|unit| [unit & 0xFF, unit >> 8]).flat_map(u8::try_from).collect()
}

fn jsonl_files() -> Seeds {
    let mut seeds = Seeds::new();
    for (name, text) in [
        ("plain", &b"{\"id\":1,\"email\":\"a@b.de\"}\n{\"email\":[\"c@d.de\",\"e@f.de\"]}\n"[..]),
        ("kinds", b"{\"email\":null,\"plz\":1.5e3,\"password\":true,\"x\":{\"y\":[1]}}\n"),
        ("nested", b"{\"email\":[[1],{\"a\":2},\"b@c.de\",null,false]}\n"),
        ("escapes", b"{\"email\":\"\\u00e4\\ud83d\\ude00@b.de\",\"name\":\"\\ud800\"}\n"),
        ("wrong", b"[1]\nx\n{\"email\":\"a\"\n{} 1\n{\"email\":1}\n\n \n"),
        ("late", b"{\"email\":1}\n{\"KVNR\":\"A123456780\",\"a\":1,\"b\":2}\n"),
        ("latin", b"{\"email\":\"a@b.de\",\"name\":\"M\xFCller\"}\n"),
        ("twice", b"{\"email\":1,\"email\":2,\"E-Mail\":3,\"\":4}\r\n"),
        ("deep", b"{\"email\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n"),
        ("returns", b"{\"email\":1}\r{\"email\":2}\r"),
        ("texts", b"a@b.de\xFF\"\\\xFF\0\x1F\n\xFF"),
    ] {
        for how in [0, 1, 2, 3, 4, 6, 8, 28] {
            for limit in [0, 135] {
                let seed = [&[how, 2, limit], text].concat();
                seeds.push((format!("{name}-{how}-{limit}"), seed));
            }
        }
        for how in [20, 24] {
            let text = String::from_utf8_lossy(text);
            let text = utf_16(&text, how == 24);
            seeds.push((format!("{name}-{how}"), [&[how, 2, 0], &text[..]].concat()));
        }
    }
    seeds
}

fn sql_files() -> Seeds {
    const DUMP: &[u8] = b"-- MySQL dump 10.13; it's 'quoted\n/*!40101 SET NAMES utf8 */;\n\
        CREATE TABLE `t` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `email` varchar(255) DEFAULT \
        ';(' COMMENT 'it\\'s',\n  kind enum('a','b,c'),\n  PRIMARY KEY (`id`), KEY `x` (`email`)\n) \
        ENGINE=InnoDB;\nLOCK TABLES `t` WRITE;\nINSERT INTO `t` VALUES (1,'a\\'b@c.de','a'),\
        (2,NULL,'b,c') , /* x */\n  (3, 'x),(y', \"z\");\ninsert ignore into t (kind, id) values \
        ('k', 4);\n";
    const COPY: &[u8] = b"SET standard_conforming_strings = on;\nCREATE FUNCTION f() AS $x$ it's; \
        INSERT INTO a VALUES (1); $x$;\nCOPY public.\"t\" (id, \"email\") FROM stdin;\n1\ta@b.de\n2\t\
        \\N\n3\tx\\ty\\x41\\101\n\\.\n\nINSERT INTO t VALUES (4, E'z\\n', N'y', 0x41);\n";
    let mut seeds = Seeds::new();
    for (name, text) in [
        ("mysql", DUMP),
        ("postgresql", COPY),
        ("tables", b"INSERT INTO a (email) VALUES (1);INSERT INTO t (email) VALUES (2);"),
        ("brackets", b"INSERT INTO [dbo].[t] ([email], c) VALUES (1, N'x')\nGO\n"),
        (
            "wrong",
            b"INSERT INTO t (email) VALUES (NOW()),(,),('b'),('open);\nINSERT INTO t VALUES (2",
        ),
        ("comments", b"INSERT INTO t (email) VALUES (/*),('a')-- x\n,('b') # y\n,(1.5e-3,-2);"),
        ("dollars", b"INSERT INTO t (email) VALUES ($$it's$$),($x$a$$b$x$),(U&'\\00e4'),(b'1');"),
        (
            "casts",
            b"INSERT INTO t (email) VALUES ('a'::text),(CAST('b' AS x)),(_utf8'c'),('d' 'e');",
        ),
        ("row", b"1,'a@b.de','x'),(2,'c','d');\n"),
        ("line", b"1\ta@b.de\tx\n\\.\nINSERT INTO t (email) VALUES ('y');"),
        ("open", b"1,'x),(2,'b','c');\n((((((((((((((((((((((((((((((((((((((((((((((((((((("),
        ("texts", b"a@b.de\xFFit's\\\xFF\"\n\t\xFF),(;"),
    ] {
        for how in [0, 1, 2, 3, 4, 7, 34, 66, 98] {
            for limit in [0, 135] {
                let seed = [&[how, 7, limit], text].concat();
                seeds.push((format!("{name}-{how}-{limit}"), seed));
            }
        }
    }
    seeds
}

fn cells() -> Seeds {
    let texts = [
        &b"members.csv\xFFM-1\xFFM-2"[..],
        b"=1+1\xFF+49\xFF-1\xFF@SUM(A1)\xFF\tx\xFF\rx",
        b"a\nb.csv\xFF\"q\"\xFFx,y;z\xFFtwo\r\nlines\xFF'=1",
        b"\0\xFF\x1B[31m\xFF\xE2\x80\xAE\xFF\xEF\xBC\x9D1\xFF",
        b"",
    ];
    let numbered = texts.iter().enumerate();
    let of_verdict = |verdict: u8| {
        numbered.clone().map(move |(number, text)| {
            (format!("{verdict}-{number}"), [&[verdict], *text].concat())
        })
    };
    (0..3).flat_map(of_verdict).collect()
}
