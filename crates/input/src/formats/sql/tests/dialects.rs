//! The dialect of a dump: detected, given, or changed by statements.

use super::*;

fn found(dump: &str) -> (SqlDialect, bool) {
    let (dialect, is_sure) = Dialect::of_sample(dump.as_bytes());
    (dialect.kind, is_sure)
}

#[test]
fn the_first_typical_word_decides_the_dialect() {
    for (begin, kind) in [
        ("-- MySQL dump 10.13  Distrib 8.0.36", SqlDialect::MySql),
        ("/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19", SqlDialect::MySql),
        ("-- phpMyAdmin SQL Dump", SqlDialect::MySql),
        ("CREATE TABLE `a` (", SqlDialect::MySql),
        ("--\n-- PostgreSQL database dump\n--", SqlDialect::PostgreSql),
        ("SET search_path = public;", SqlDialect::PostgreSql),
        ("COPY a (b) FROM stdin;", SqlDialect::PostgreSql),
        ("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;", SqlDialect::Standard),
        ("USE [crm]\r\nGO\r\nSET ANSI_NULLS ON", SqlDialect::Standard),
        ("REM INSERTING into A\nSET DEFINE OFF;", SqlDialect::Standard),
        ("INSERT ALL INTO a", SqlDialect::Standard),
        ("Insert into A (B) values (to_date('1','D'));", SqlDialect::Standard),
        ("CREATE TABLE a (b VARCHAR2(20));", SqlDialect::Standard),
        ("CREATE TABLE \"A\" (\"B\" INT);\nINSERT INTO \"A\"", SqlDialect::Standard),
    ] {
        assert_eq!(found(begin), (kind, true), "{begin}");
    }
    assert_eq!(found("INSERT INTO a VALUES (1);"), (SqlDialect::MySql, false));
}

#[test]
fn sql_mode_of_mysql_turns_backslash_escapes_off_and_on() {
    let dump = "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n\
                INSERT INTO m VALUES ('a\\'b');\nSET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES';\n\
                INSERT INTO m VALUES ('C:\\');\nSET sql_mode=@saved;\nINSERT INTO m VALUES ('a\\'c');\n\
                /*!50003 SET sql_mode = 'NO_BACKSLASH_ESCAPES' */ ;\nINSERT INTO m VALUES ('D:\\');\n";
    assert_eq!(read(dump), ["a'b", "C:\\", "a'c", "D:\\"]);
}

#[test]
fn postgresql_can_have_backslash_escapes() {
    let dump = b"SET standard_conforming_strings = off;\nINSERT INTO m VALUES ('O\\'Neil\\101');\n\
                 SET standard_conforming_strings = on;\nINSERT INTO m VALUES ('C:\\');\n";
    let mut cutter = SqlCutter::new(&dump[..], POSTGRES, None, 1 << 20);
    let rows = rows_of(&mut cutter, 1 << 20).expect("readable");
    assert_eq!(spelt_out(rows), ["O'NeilA", "C:\\"]);
}

#[test]
fn a_row_that_needs_the_other_meaning_of_the_backslash_is_reported() {
    for (dialect, dump) in [
        (MYSQL, "INSERT INTO m VALUES ('C:\\', 1);\nINSERT INTO m VALUES ('x', 2);\n"),
        (STANDARD, "INSERT INTO m VALUES ('O\\'Neil', 1);\nINSERT INTO m VALUES ('x', 2);\n"),
    ] {
        let mut cutter = SqlCutter::new(dump.as_bytes(), dialect, None, 1 << 20);
        let rows = spelt_out(rows_of(&mut cutter, 1 << 20).expect("readable"));
        assert_eq!(rows[0], "invalid-sql");
        let message = cutter.take_notes().join("");
        assert!(message.contains("--sql-dialect"), "{message}");
        let other = if dialect == MYSQL { STANDARD } else { MYSQL };
        let mut cutter = SqlCutter::new(dump.as_bytes(), other, None, 1 << 20);
        assert_eq!(rows_of(&mut cutter, 1 << 20).expect("readable").len(), 2);
        assert!(cutter.take_notes().is_empty());
    }
}

#[test]
fn a_hash_begins_a_comment_in_mysql_only() {
    let dump = "# it's\nCREATE TABLE m (a int);\nINSERT INTO m VALUES (1);\n";
    assert_eq!(read(dump), ["1"]);
    let dump = b"CREATE TABLE #m (a int)\nGO\nINSERT INTO #m VALUES (1)\n";
    let mut cutter = SqlCutter::new(&dump[..], STANDARD, None, 1 << 20);
    assert_eq!(rows_of(&mut cutter, 1).expect("readable").len(), 1);
}

#[test]
fn a_dollar_in_a_name_begins_no_string() {
    let dump = b"SELECT a$b$ FROM x;\nINSERT INTO m VALUES ($$it's$$);\n";
    let mut cutter = SqlCutter::new(&dump[..], POSTGRES, None, 1 << 20);
    assert_eq!(spelt_out(rows_of(&mut cutter, 1).expect("readable")), ["it's"]);
}
