//! Values as databases and their tools write them.

use super::*;
use crate::options::SqlDialect;

const MYSQL: Dialect = Dialect::new(SqlDialect::MySql);
const POSTGRES: Dialect = Dialect::new(SqlDialect::PostgreSql);
const STANDARD: Dialect = Dialect::new(SqlDialect::Standard);

/// How these tests show an unusable value.
const UNUSABLE: &str = "<unusable>";

fn values(row: &str, dialect: Dialect) -> Result<Vec<String>, Fault> {
    let mut fields = Fields::default();
    let length = read(row.as_bytes(), dialect, &mut fields)?;
    assert_eq!(length, row.len(), "{row}");
    Ok(spelt_out(&fields))
}

fn spelt_out(fields: &Fields) -> Vec<String> {
    let mut cut = crate::split::Cut::default();
    fields.write(None, &mut cut);
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let mut texts: Vec<String> = fields.iter().map(text).collect();
    for (number, _) in cut.unusable {
        assert_eq!(texts[number], "", "nothing is left of it");
        texts[number] = UNUSABLE.to_owned();
    }
    texts
}

#[track_caller]
fn assert_values(row: &str, dialect: Dialect, expected: &[&str]) {
    assert_eq!(
        values(row, dialect).as_deref(),
        Ok(&*expected.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()),
        "{row}"
    );
}

/// Asserts the value of each expression. `None` means that it is unusable.
#[track_caller]
fn assert_each(dialect: Dialect, expressions: &[(&str, Option<&str>)]) {
    for (expression, expected) in expressions {
        let row = format!("(1, {expression}, 'z')");
        assert_values(&row, dialect, &["1", expected.unwrap_or(UNUSABLE), "z"]);
    }
}

#[test]
fn mysql_strings_escape_with_a_backslash() {
    let row = r#"('O\'Neil', 'a''b', "c\"d", 'C:\\x', '\0\n\Z\%\q')"#;
    let last = "\0\n\u{1A}\\%q";
    assert_values(row, MYSQL, &["O'Neil", "a'b", "c\"d", "C:\\x", last]);
}

#[test]
fn standard_strings_have_escapes_only_after_an_e() {
    let row = r"('C:\', 'a''b', E'O\'Neil\n\101\x42\u00fc')";
    assert_values(row, STANDARD, &["C:\\", "a'b", "O'Neil\nABü"]);
}

#[test]
fn other_literals_are_read() {
    let row = "(NULL, -1.5e3, 0x4D61, x'4d61', _binary 'a', _utf8mb4 0x61, TRUE, N'b', \
               'c'::character varying(20), _utf8mb4'd', .5, +1)";
    let expected = ["", "-1.5e3", "Ma", "Ma", "a", "a", "TRUE", "b", "c", "d", ".5", "+1"];
    assert_values(row, MYSQL, &expected);
}

#[test]
fn strings_of_oracle_postgresql_and_sqlite_are_read() {
    assert_each(
        STANDARD,
        &[
            ("q'[O'Neil]'", Some("O'Neil")),
            ("Q'!it's (here)!'", Some("it's (here)")),
            ("nq'{a}'", Some("a")),
            ("U&'M\\00fcller \\+01F600'", Some("Müller 😀")),
            ("U&'\\d83d\\de00 \\\\'", Some("😀 \\")),
            ("U&'\\00g0'", None),
            ("'a'\n  'b'", Some("ab")),
            ("X'4d61'", Some("Ma")),
            ("x'4d6'", None),
            ("X'xy'", None),
            ("E'\\x'", None),
            ("unistr('M\\00fcller\\000a')", Some("Müller\n")),
            ("unistr('M\\u00fcller\\U0000000a\\+00000a')", Some("Müller\n\n")),
            ("replace('a\\nb\\nc','\\n',char(10))", Some("a\nb\nc")),
            ("replace(replace('a\\r\\nb','\\r',char(13)),'\\n',char(10))", Some("a\r\nb")),
            ("replace('a','a','bb')", None),
        ],
    );
    assert_each(
        POSTGRES,
        &[("$$it's$$", Some("it's")), ("$x$a$$b$x$", Some("a$$b")), ("$1", None)],
    );
    assert_each(MYSQL, &[("'a' 'b'", Some("ab"))]);
}

#[test]
fn a_cast_gives_its_value() {
    assert_each(
        STANDARD,
        &[
            ("CAST(N'1970-02-01' AS Date)", Some("1970-02-01")),
            ("CAST(N'2008-04-30T00:00:00.000' AS DateTime)", Some("2008-04-30T00:00:00.000")),
            ("CAST(0x5B950A00 AS Date)", Some("1900-01-01")),
            ("CAST(0x0000901A00C5C100 AS DateTime)", Some("2001-01-01 12:00:00")),
            ("CAST(0x00 AS DateTime)", None),
            ("CAST(12.50 AS Decimal(10, 2))", Some("12.50")),
            ("CAST(1.7 AS int)", None),
            ("CAST('01067' AS int)", None),
            ("CAST('01067' AS [char](5))", Some("01067")),
            ("CAST('010678' AS char(5))", None),
            ("CAST(0x4D61 AS varchar(max))", Some("Ma")),
            ("CAST(0x4D006100 AS nvarchar(10))", Some("Ma")),
            ("CAST(N'<a/>' AS [xml])", Some("<a/>")),
            ("CAST(NULL AS date)", Some("")),
            ("CONVERT(datetime, N'1970-02-01 00:00:00', 120)", Some("1970-02-01 00:00:00")),
            ("CONVERT(date, '01.02.1970', 104)", Some("1970-02-01")),
            ("CONVERT([date], '01/02/1970', 101)", Some("1970-01-02")),
            ("CONVERT(date, '01/02/70', 1)", None),
            ("CONVERT(varchar(10), 'a')", Some("a")),
            ("'a' COLLATE Latin1_General_CI_AS", Some("a")),
            ("'1970-02-01'::date", Some("1970-02-01")),
            ("'x'::public.\"Kind\"::text", Some("x")),
            ("('a')", Some("a")),
            ("((NULL))", Some("")),
        ],
    );
    assert_each(
        MYSQL,
        &[
            ("CONVERT('a' USING utf8mb4)", Some("a")),
            ("CONVERT('a', CHAR)", Some("a")),
            ("CAST('a' AS CHAR CHARACTER SET utf8)", Some("a")),
            ("CAST('2' AS UNSIGNED INTEGER)", Some("2")),
            ("UNHEX('4D61')", Some("Ma")),
            ("FROM_BASE64('TcO8bGxlcg==')", Some("Müller")),
            ("FROM_BASE64('x')", None),
            ("STR_TO_DATE('1.2.1970', '%d.%m.%Y')", Some("1970-02-01")),
            ("CONCAT('a', CHAR(39), 'b', 1)", Some("a'b1")),
            ("CONCAT('a', NULL)", None),
            ("CHAR(77, 97 USING utf8)", Some("Ma")),
            ("CHAR(252)", None),
        ],
    );
}

#[test]
fn to_date_gives_the_date_in_its_format() {
    assert_each(
        STANDARD,
        &[
            ("to_date('01.02.1970','DD.MM.YYYY')", Some("1970-02-01")),
            ("TO_DATE('1962-2-18 00:00:00','yyyy-mm-dd hh24:mi:ss')", Some("1962-02-18 00:00:00")),
            ("to_date('17-JUN-87','DD-MON-RR')", Some("17.06.87")),
            ("to_date('01.02.1970','Q.WW.YYYY')", None),
            ("to_timestamp('01.02.1970 10:00','DD.MM.YYYY HH24:MI')", Some("1970-02-01 10:00:00")),
            ("to_date(NULL,'DD.MM.YYYY')", Some("")),
            ("DATE '1970-02-01'", Some("1970-02-01")),
            ("TIMESTAMP '1970-02-01 00:00:00'", Some("1970-02-01 00:00:00")),
            ("timestamp with time zone '1970-02-01 00:00:00+01'", Some("1970-02-01 00:00:00+01")),
            ("{d '1970-02-01'}", Some("1970-02-01")),
            ("{ts '1970-02-01 00:00:00'}", Some("1970-02-01 00:00:00")),
            ("INTERVAL '1' DAY", None),
        ],
    );
}

#[test]
fn concatenated_strings_are_one_value() {
    assert_each(
        STANDARD,
        &[
            ("'O' || chr(39) || 'Neil'", Some("O'Neil")),
            ("'O'||CHR(39)||'Neil'", Some("O'Neil")),
            ("N'a' + CHAR(13) + CHAR(10) + N'b'", Some("a\r\nb")),
            ("NCHAR(252) + N'b'", Some("üb")),
            ("'a' || NULL", None),
            ("'a' || to_clob('b')", Some("ab")),
            ("TO_CLOB('a') || TO_CLOB('b')", Some("ab")),
            ("UTL_RAW.CAST_TO_VARCHAR2(HEXTORAW('4D61'))", Some("Ma")),
            ("UTL_RAW.CAST_TO_RAW('Ma')", Some("Ma")),
            ("1 + 1", None),
            ("'1' + 1", None),
            ("1-2", None),
            ("'a' || NOW()", None),
        ],
    );
}

#[test]
fn a_value_missing_from_the_dump_is_unusable_and_the_rest_of_the_row_is_read() {
    for expression in [
        "NOW()",
        "DEFAULT",
        "CURRENT_TIMESTAMP",
        "CURRENT_TIMESTAMP(6)",
        "SYSDATE",
        "uuid()",
        "gen_random_uuid()",
        "nextval('t_id_seq'::regclass)",
        "(SELECT id FROM x WHERE name = 'a,b)' LIMIT 1)",
        "@last_id",
        "LAST_INSERT_ID()+1",
        "seq.nextval",
        "new.name",
        "ST_GeomFromText('POINT(1 2)', 4326)",
        "JSON_OBJECT('a', 1, 'b', f(2))",
        "CASE WHEN 1=1 THEN 'a' ELSE CASE x WHEN 1 THEN 2 END END",
        "EXTRACT(YEAR FROM DATE '1970-01-01')",
        "MD5('a')",
        "upper('a')",
        "-'a'",
        "NOT TRUE",
        "1 IN (1, 2)",
        "'a' LIKE 'b'",
        "a IS NOT NULL",
        "'a' = 'b'",
        "/* none */ NOW()",
        "`a`.`b`",
        "CAST(NOW() AS date)",
        "concat('a', NOW())",
        "substr('abc' FROM 1)",
        "geography::Point(47, -122, 4326)",
        "1 /* of two */ * 2",
    ] {
        for dialect in [MYSQL, POSTGRES, STANDARD] {
            assert_each(dialect, &[(expression, None)]);
        }
    }
    assert_each(
        POSTGRES,
        &[("ARRAY['a','b)']", None), ("ARRAY[[1],[2]]::int[]", None), ("ROW(1,'a')", None)],
    );
    assert_each(STANDARD, &[("[a b]", None)]);
}

#[test]
fn a_number_gives_a_character_beyond_ascii_only_in_utf_8() {
    let latin = Dialect { is_utf8: false, ..STANDARD };
    for expression in ["U&'M\\00fcller'", "E'M\\u00fcller'", "NCHAR(252)", "unistr('\\00fc')"] {
        assert_each(latin, &[(expression, None)]);
    }
    assert_each(latin, &[("U&'\\0041'", Some("A")), ("NCHAR(65)", Some("A"))]);
}

#[test]
fn a_missing_quotation_mark_makes_the_row_malformed() {
    for row in [
        "('O'Neil','x')",
        "('Rock 'n' Roll','x')",
        "(UPPER('O'Neil'),'x')",
        "('a' b,'c')",
        "('a'or'b')",
        "(1 2)",
        "('a' 'b')",
        "(12ab)",
        "(NOW();)",
    ] {
        assert_eq!(values(row, STANDARD), Err(Fault::Malformed), "{row}");
    }
}

#[test]
fn a_row_without_a_value_is_malformed_and_a_row_without_an_end_is_incomplete() {
    for row in ["()", "(1,)", "(,)", "(*)", "(NOW()"] {
        let fault = values(row, STANDARD).expect_err("no row");
        assert_eq!(fault, if row == "(NOW()" { Fault::Open } else { Fault::Malformed }, "{row}");
    }
    for row in [
        "(",
        "(1",
        "('a",
        "('a'",
        "(1,",
        "(NULL",
        "(_utf8 ",
        "(0x",
        "('a'::text",
        "(E'\\",
        "(f('a'",
        "(q'[a",
        "(CAST('a' AS ",
        "(CASE WHEN ",
        "(/* ",
        "(1 -- ",
        "({d ",
    ] {
        assert_eq!(values(row, STANDARD), Err(Fault::Open), "{row}");
    }
}

#[test]
fn parentheses_are_nested_up_to_a_limit() {
    let nested = |depth: usize| format!("({}'a'{}, 'z')", "(".repeat(depth), ")".repeat(depth));
    assert_values(&nested(30), STANDARD, &["a", "z"]);
    assert_eq!(values(&nested(100_000), STANDARD), Err(Fault::Malformed));
    let unknown = |depth: usize| format!("(f{}'a'{}, 'z')", "(".repeat(depth), ")".repeat(depth));
    assert_values(&unknown(30), STANDARD, &[UNUSABLE, "z"]);
    assert_eq!(values(&unknown(100_000), STANDARD), Err(Fault::Malformed));
    for deep in ["-", "NOT ", "1||", "CAST(", "replace(", "_a ", "{d "] {
        let row = format!("({}1)", deep.repeat(100_000));
        assert!(values(&row, POSTGRES).is_err() || deep == "1||", "{deep}");
    }
}

#[test]
fn selected_values_are_a_row_with_or_without_names() {
    let mut fields = Fields::default();
    let mut row = |select: &str| {
        let read = read_selected(select.as_bytes(), STANDARD, true, &mut fields);
        read.map(|(length, has_more)| {
            (spelt_out(&fields).join("|"), select[length..].is_empty(), has_more)
        })
    };
    let values = |text: &str| text.to_owned();
    assert_eq!(
        row(" 1, 'a' AS name, N'b' [c d], NOW() t"),
        Ok((values("1|a|b|<unusable>"), true, false))
    );
    assert_eq!(row(" 1, 'a' FROM dual;"), Ok((values("1|a"), false, false)));
    assert_eq!(row(" 1 FROM sysibm.sysdummy1"), Ok((values("1"), true, false)));
    assert_eq!(row(" 1 UNION ALL SELECT"), Ok((values("1"), true, true)));
    for other in
        [" * FROM t", " a FROM t", " 1 WHERE 1 = 2", " DISTINCT a, b FROM t", " 1 UNION VALUES"]
    {
        assert_eq!(row(other), Err(Fault::Malformed), "{other}");
    }
}

#[test]
fn values_of_insert_set_have_names() {
    let mut fields = Fields::default();
    let set = b" `id`=1, t.name = 'a, b', x := NULL ON DUPLICATE KEY UPDATE id=2";
    let (length, names) = read_set(set, MYSQL, true, &mut fields).expect("well formed");
    assert_eq!(names, [&b"id"[..], b"name", b"x"]);
    assert_eq!(spelt_out(&fields), ["1", "a, b", ""]);
    assert!(set[length..].starts_with(b"ON DUP"));
    assert_eq!(read_set(b" a", MYSQL, true, &mut fields), Err(Fault::Malformed));
}

#[test]
fn a_function_that_takes_hexadecimal_digits_as_bytes_gives_no_digits() {
    assert_each(
        STANDARD,
        &[
            ("utl_raw.cast_to_varchar2('6340')", None),
            ("utl_raw.cast_to_varchar2(hextoraw('6340'))", Some("c@")),
            ("utl_raw.cast_to_varchar2(utl_raw.cast_to_raw('Ma'))", Some("Ma")),
            (
                "utl_raw.cast_to_varchar2(utl_encode.base64_decode(utl_raw.cast_to_raw('TWE=')))",
                Some("Ma"),
            ),
            ("utl_raw.cast_to_varchar2(utl_encode.base64_decode('5457453D'))", None),
            ("to_blob('6340')", None),
            ("to_blob(hextoraw('6340'))", Some("c@")),
            ("to_char(hextoraw('6340'))", None),
            ("to_clob(hextoraw('6340'))", None),
            ("CONVERT(varbinary(10), '0x6340', 1)", None),
            ("CONVERT(varchar(10), 0x6340, 1)", None),
            ("CONVERT(varchar(10), 0x6340, 2)", None),
            ("CONVERT(varchar(10), 0x6340)", Some("c@")),
            ("CONVERT(varchar(10), 0x6340, 0)", Some("c@")),
        ],
    );
    assert_each(
        POSTGRES,
        &[
            ("convert_from(decode('6340', 'hex'), 'UTF8')", Some("c@")),
            ("convert_from(decode('c3bc', 'hex'), 'UTF8')", Some("ü")),
            ("convert_from(decode('fc', 'hex'), 'LATIN1')", None),
            ("convert_from('\\x6340', 'UTF8')", None),
            ("convert_from('\\x6340'::bytea, 'UTF8')", None),
            ("convert_from(decode('\\143', 'escape'), 'UTF8')", None),
            ("convert_from('Ma', 'UTF8')", Some("Ma")),
            ("decode('6340', 'hex')", Some("c@")),
        ],
    );
    assert_each(
        MYSQL,
        &[
            ("CONVERT(UNHEX('fc') USING latin1)", None),
            ("CONVERT(UNHEX('6340') USING latin1)", Some("c@")),
            ("CONVERT(UNHEX('c3bc') USING utf8mb4)", Some("ü")),
            ("CAST(UNHEX('6340') AS NCHAR)", Some("c@")),
            ("CONCAT(UNHEX('63'), '@')", Some("c@")),
        ],
    );
}
