//! Leaks and member lists in Parquet and Arrow files, and folders of them.

use std::{fs, path::Path};

use super::super::support::Site;

/// A file with three people, written by another program.
fn other(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../input/tests/data/columnar");
    fs::read(folder.join(name)).expect("it is there")
}

const LEAK: &str = "email\nA@example.de\n";

#[test]
fn members_and_leaks_are_read_from_files_and_from_standard_input() {
    let site = Site::with_files();
    site.write("leak.csv", LEAK);
    let called = "affected indeterminate not_affected";
    for (name, says) in [
        ("pyarrow.parquet", "Parquet, 1 row group"),
        ("polars-zstd.arrow", "Arrow file"),
        ("polars.arrows", "Arrow stream"),
    ] {
        site.write(name, other(name));
        let run = site.run(&format!("check --all --leak leak.csv {name}")).expect(3).calls(called);
        run.says_all(&[says]);
        site.feed("check --all --leak leak.csv -", other(name)).expect(3).calls(called);
        let of_leak = format!("check --all --max-rejects 50% --leak {name} {name}");
        site.run(&of_leak).expect(3).calls("affected indeterminate affected");
    }
    site.run(
        "check --all --format parquet --for leak.csv:format=csv --leak leak.csv pyarrow.parquet",
    )
    .expect(3)
    .calls(called);
}

#[test]
fn a_folder_of_parts_is_read_as_its_files() {
    let site = Site::with_files();
    site.write("leak.csv", LEAK);
    fs::create_dir(site.path("members.parquet")).expect("created");
    site.write("members.parquet/part-00000.snappy.parquet", other("spark.snappy.parquet"));
    site.write("members.parquet/part-00001.snappy.parquet", other("spark-empty.snappy.parquet"));
    site.write("members.parquet/part-00002.parquet", other("duckdb.parquet"));
    for beside in ["_SUCCESS", "._SUCCESS.crc", ".part-00000.snappy.parquet.crc"] {
        site.write(&format!("members.parquet/{beside}"), "crc");
    }
    let both = "affected indeterminate not_affected affected indeterminate not_affected";
    let run = site.run("check --all --leak leak.csv members.parquet").expect(3).calls(both);
    run.says_all(&["members.parquet: files in the folder: 3; 1 without rows are passed over"]);
    let run = site.run("check --leak members.parquet leak.csv").expect(2);
    run.says_all(&["has 2 files", "leakdex build"]);

    // A folder with anything else is no table in parts.
    site.write("members.parquet/notes.txt", "x");
    site.run("check --leak leak.csv members.parquet").expect_error(&["is a folder, not a file"]);
    fs::remove_file(site.path("members.parquet/notes.txt")).expect("removed");
    fs::create_dir(site.path("members.parquet/plz=01067")).expect("created");
    site.run("check --leak leak.csv members.parquet")
        .expect_error(&["split into folders by the values"]);
}

#[test]
fn a_column_of_the_wrong_type_is_an_error_with_a_remedy() {
    let site = Site::with_files();
    site.write("members.parquet", other("spark-int96.snappy.parquet"));
    site.run("check --leak leak.csv members.parquet").expect_error(&[
        "'birth_date' (column 3)",
        "cast it to a date in the time zone of the dates, or map it to 'ignore'",
    ]);
}
