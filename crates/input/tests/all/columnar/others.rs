//! Files that other programs wrote, with the same three people: pyarrow 26 (Snappy, and LZ4 in Feather), Polars 2.1
//! (zstd), `DuckDB` 2.0 and Spark 4.0 (Snappy, times in 96 bits).

use super::*;

fn other(name: &str) -> Result<Read, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/columnar");
    open(&folder.join(name), &Options::default())
}

#[test]
fn files_of_other_programs_are_read() {
    for name in [
        "pyarrow.parquet",
        "pyarrow.feather",
        "polars.parquet",
        "polars-zstd.arrow",
        "polars.arrows",
        "duckdb.parquet",
        "spark.snappy.parquet",
    ] {
        let (rows, _, described) = other(name).expect(name);
        let person = |id: &str, name: &str, date: &str, postcode: &str, mail: &str| {
            format!(
                "{id} last-name=Ok({name:?}) birth-date=Ok({date:?}) postal-code=Ok({postcode:?}) \
                 email=Ok({mail:?})"
            )
        };
        assert_eq!(
            rows,
            [
                person("M-1", "Müller", "1970-03-04", "01067", "a@example.de"),
                person("M-2", "Weiß", "", "99084", ""),
                person("", "Muster", "1958-12-31", "", "c@example.de"),
            ],
            "{name}"
        );
        assert!(
            described.join("\n").contains("ignored      <- 'angelegt' (column 6)"),
            "{described:?}"
        );
    }
}

#[test]
fn a_date_of_birth_in_96_bits_is_refused() {
    // Spark wrote midnight in Germany: in UTC, that is the day before.
    let error = other("spark-int96.snappy.parquet").expect_err("refused");
    assert!(
        error.contains(
            "'birth_date' (column 3) is used as birth-date, but its type is Timestamp with a"
        ),
        "{error}"
    );
}
