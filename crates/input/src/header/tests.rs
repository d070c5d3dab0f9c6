use super::*;
use crate::columns::{Columns, Names};
use crate::options::Options;

#[test]
#[ignore]
fn measure() {
    for file in std::env::var("LISTS").unwrap().split(',') {
        let text = std::fs::read_to_string(file).unwrap();
        let (mut n, mut v, mut l, mut ex, mut nl) = (0, 0, 0, Vec::new(), Vec::new());
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            n += 1;
            if is_vocabulary(line) {
                v += 1;
                if ex.len() < 60 {
                    ex.push(line.to_owned());
                }
            }
            if is_label(line) {
                l += 1;
            } else if nl.len() < 30 {
                nl.push(line.to_owned())
            }
        }
        println!("{file}: {n} vocabulary {v} label {l}\n  V {ex:?}\n  notL {nl:?}");
    }
}
#[test]
fn rows() {
    let (mut all, mut shown, mut cred) = (0, 0, 0);
    for row in include_str!("../../data/header_rows.csv").lines() {
        let cells: Vec<String> = row.split(';').map(str::to_owned).collect();
        match Columns::of_header(cells, Names::Row, &Options::default()) {
            Ok(mut c) => {
                let before = c.list.iter().filter(|c| c.header.is_shown()).count();
                cred += usize::from(c.are_credible());
                c.believe(|_| false);
                let s = c.list.iter().filter(|c| c.header.is_shown()).count();
                all += c.list.len();
                shown += s;
                println!(
                    "{} cred {} vocab {before} shown {s} of {} hidden {:?}",
                    &row[..20],
                    c.are_credible(),
                    c.list.len(),
                    c.list
                        .iter()
                        .filter(|c| !c.header.is_shown())
                        .map(|c| c.header.as_written())
                        .collect::<Vec<_>>()
                );
            }
            Err(e) => println!("REFUSED {row}: {e}"),
        }
    }
    println!("{shown} of {all}, cred {cred}");
}
