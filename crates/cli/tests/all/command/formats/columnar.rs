//! Leaks and member lists in Parquet and Arrow files, and in folders of them.

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
        let run =
            site.run(&format!("check --all --leak leak.csv {name}")).expect(3).verdicts(called);
        run.says_all(&[says]);
        site.feed("check --all --leak leak.csv -", other(name)).expect(3).verdicts(called);
        let of_leak = format!("check --all --max-rejects 50% --leak {name} {name}");
        site.run(&of_leak).expect(3).verdicts("affected indeterminate affected");
    }
    site.run(
        "check --all --format parquet --for leak.csv:format=csv --leak leak.csv pyarrow.parquet",
    )
    .expect(3)
    .verdicts(called);
}

#[test]
fn a_folder_of_parts_is_read_like_its_files() {
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
    let run = site.run("check --all --leak leak.csv members.parquet").expect(3).verdicts(both);
    run.says_all(&["members.parquet: files in the folder: 3; 1 without rows is passed over"]);
    let run = site.run("check --leak members.parquet leak.csv").expect(2);
    run.says_all(&["has 2 files", "leakdex build"]);

    // A folder with any other file is not a table in parts.
    site.write("members.parquet/notes.txt", "x");
    site.run("check --leak leak.csv members.parquet").expect_error(&["is a folder, not a file"]);
    fs::remove_file(site.path("members.parquet/notes.txt")).expect("removed");
    fs::create_dir(site.path("members.parquet/plz=01067")).expect("created");
    site.run("check --leak leak.csv members.parquet")
        .expect_error(&["split into folders by the values"]);
}

#[test]
fn a_managed_or_unfinished_table_is_refused() {
    for (name, says) in [
        (
            "_delta_log",
            "is a Delta table, in which only the folder '_delta_log' records which files are current",
        ),
        (".hoodie", "is a Hudi table"),
        ("_spark_metadata", "is the output of a Spark stream"),
        ("metadata", "is an Iceberg table"),
        ("_temporary", "has '_temporary': a program is still writing the folder, or has failed"),
        (".spark-staging-1", "has '.spark-staging-1'"),
    ] {
        let site = Site::with_files();
        site.write("leak.csv", LEAK);
        fs::create_dir_all(site.path("members.parquet").join(name)).expect("created");
        site.write("members.parquet/part-00000.parquet", other("duckdb.parquet"));
        for given in ["members.parquet", "members.parquet/*", "members.parquet/*.parquet"] {
            site.run(&format!("check --leak leak.csv {given}")).expect_error(&[says]);
        }
    }
    let site = Site::with_files();
    site.write("leak.csv", LEAK);
    fs::create_dir(site.path("members.parquet")).expect("created");
    site.write("members.parquet/part-00000.parquet", other("duckdb.parquet"));
    site.write("members.parquet/_started_7", "");
    site.run("check --leak leak.csv members.parquet").expect_error(&["has '_started_7'"]);
    site.write("members.parquet/_committed_7", "{}");
    site.run("check --leak leak.csv members.parquet").expect(3);
}

#[test]
fn files_beside_a_table_are_skipped_and_those_with_rows_reported() {
    let site = Site::with_files();
    site.write("leak.csv", LEAK);
    fs::create_dir(site.path("members.parquet")).expect("created");
    site.write("members.parquet/part-00000.parquet", other("duckdb.parquet"));
    site.write("members.parquet/.part-00000.parquet.crc", "crc");
    site.write("members.parquet/_SUCCESS", "");
    let called = "affected indeterminate not_affected";
    for given in ["members.parquet", "members.parquet/*"] {
        let run = format!("check --all --leak leak.csv {given}");
        let run = site.run(&run).expect(3).verdicts(called);
        assert!(!run.stderr.contains("not read"), "{}", run.stderr);
    }
    let options = "--for members.parquet:column=email=ignore";
    let run = site.run(&format!("check --all --leak leak.csv members.parquet {options}"));
    run.expect(3).says_all(&["ignored      <- 'email'"]);

    site.write("members.parquet/_b.parquet", other("pyarrow.parquet"));
    let run =
        site.run("check --all --quiet --leak leak.csv members.parquet").expect(3).verdicts(called);
    run.says_all(&[
        "members.parquet: not read, since their names begin with '.' or '_': _b.parquet",
    ]);
}

#[test]
fn damaged_data_that_makes_a_decoder_panic_is_an_error_of_the_file() {
    let site = Site::with_files();
    site.write("leak.csv", LEAK);
    let mut bytes = other("polars.arrows");
    bytes[607] ^= 0x10;
    site.write("members.arrows", &bytes);
    site.run("check --leak leak.csv members.arrows").expect_error(&["the Arrow data is damaged"]);
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
