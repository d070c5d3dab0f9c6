//! The reports of the library to `tracing`, and values that they never contain.

use std::{
    cell::RefCell,
    fmt::{Debug, Write as _},
    fs,
    path::Path,
    sync::Once,
};

use leakdex::{
    Index, IndexBuilder, IndexMerger, IndexSource, Key, Kind, LiveSet, Pseudonymiser, Record,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record as Values},
    subscriber::set_global_default,
};

use crate::support::{breach, erase, filled, folder, map, publish_shards};

/// Records every span and event of a subscribed thread with all fields, each in one line. One
/// subscriber serves the whole program: `tracing` caches for each call site whether a subscriber is
/// interested, and other tests run in parallel.
struct Notes;

thread_local! {
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

impl Notes {
    /// The spans and events of `act`.
    fn of(act: impl FnOnce()) -> Vec<String> {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| set_global_default(Self).expect("nobody else sets one"));
        LINES.set(Some(Vec::new()));
        act();
        LINES.take().expect("it was set")
    }

    fn push(metadata: &Metadata<'_>, write_fields: impl FnOnce(&mut Line)) {
        LINES.with_borrow_mut(|lines| {
            if let Some(lines) = lines {
                let mut line = Line(format!("{} {}", metadata.level(), metadata.name()));
                write_fields(&mut line);
                lines.push(line.0);
            }
        });
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes all");
    }
}

impl Subscriber for Notes {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        Self::push(attributes.metadata(), |line| attributes.record(line));
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        Self::push(event.metadata(), |line| event.record(line));
    }

    fn record(&self, _: &Id, values: &Values<'_>) {
        LINES.with_borrow_mut(|lines| {
            lines.iter_mut().for_each(|line| line.push(format!("{values:?}")));
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn key() -> Key {
    Key::from_bytes(&[0xA7; 32]).expect("a key")
}

const KVNR: &str = "A123456780";

/// A value of each sort that identifies a person.
fn person() -> Record {
    Record::new()
        .kvnr(KVNR)
        .email("marker@example.de")
        .iban("DE89370400440532013000")
        .last_name("Markerowski")
        .first_name("Marke")
        .birth_date("1.2.1970")
        .postal_code("10117")
        .username("marker\u{FFFD}")
}

/// All identifiers of the person.
fn identifiers() -> Vec<(Kind, Vec<u8>)> {
    let builder = IndexBuilder::new(&key(), breach("leak")).keep_identifiers();
    let builder = filled(builder, [person()]);
    let (_, kept) = builder.build_with_identifiers().expect("built");
    let of_kind = |kind: Kind| {
        let kept = &kept;
        (0..kept.count(kind)).map(move |number| (kind, kept.get(kind, number).to_vec()))
    };
    Kind::ALL.iter().copied().flat_map(of_kind).collect()
}

fn builder(key: &Key, generation: u64) -> IndexBuilder<'_> {
    let breach = breach("leak");
    let builder = IndexBuilder::new(key, breach).generation(generation);
    filled(builder, [person(), Record::new().kvnr("B123456782")])
}

/// Every traced operation, with success and failure.
fn run_all_operations(folder: &Path) {
    let (key, path, all) = (key(), folder.join("live.leakdex"), folder.join("all.leakdex"));
    builder(&key, 1).publish(&path).expect("published");
    let index = Index::open(&path, &key).expect("it is sound");
    index.publish(&path).expect("published again");
    let mapped = map(&path, &key).expect("it is sound");
    let mut merger = IndexMerger::new(&key);
    merger.add(mapped).expect("it has the same key");
    erase(&mut merger, &[person()]);
    merger.publish(&all).expect("one is left");
    publish_shards(builder(&key, 1), folder.join("shards"), 1);

    let live = LiveSet::open([IndexSource::new(&path, key.clone())]).expect("it is sound");
    builder(&key, 2).publish(&path).expect("published");
    assert!(live.refresh().expect("it is sound"));
    fs::write(&path, "no index").expect("written");
    live.refresh().expect_err("it is not an index");
    live.reload().expect_err("it is not an index");
    Index::open(&all, &Key::from_bytes(&[1; 32]).expect("a key")).expect_err("another key");
}

#[test]
fn long_operations_are_traced_with_their_end() {
    let folder = folder();
    let lines = Notes::of(|| run_all_operations(folder.path()));
    for name in ["open", "map", "verify", "write", "merge", "publish", "refresh"] {
        let span = format!("DEBUG {name} ");
        assert!(lines.iter().any(|line| line.starts_with(&span)), "{name}: {lines:#?}");
    }
    let path = folder.path().join("live.leakdex");
    let path = path.display();
    for (message, part) in [
        ("message=done", String::new()),
        ("message=failed", format!("error={path}: not a leakdex index")),
        ("message=failed", "built with key".to_owned()),
        ("message=writing an index", "entries=1 breaches=1".to_owned()),
    ] {
        let is_it = |line: &&String| {
            line.starts_with("DEBUG event ") && line.contains(message) && line.contains(&part)
        };
        assert!(lines.iter().any(|line| is_it(&line)), "{message} {part}: {lines:#?}");
    }
}

#[test]
fn a_live_index_reports_the_indexes_that_it_took_and_refused() {
    let folder = folder();
    let lines = Notes::of(|| run_all_operations(folder.path()));
    let of_level = |level: &str| -> Vec<&String> {
        lines.iter().filter(|line| line.starts_with(level)).collect()
    };
    let taken = of_level("INFO");
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert!(taken[0].contains("an index is in use"), "{taken:?}");
    assert!(taken[0].contains("generation=2"), "{taken:?}");
    let kept = of_level("WARN");
    assert_eq!(kept.len(), 2, "a refresh and a reload: {kept:?}");
    assert!(kept.iter().all(|line| line.contains("the current indexes stay in use")), "{kept:?}");
    assert!(of_level("ERROR").is_empty());
}

#[test]
fn no_value_and_no_pseudonym_is_traced() {
    let folder = folder();
    let lines = Notes::of(|| run_all_operations(folder.path()));
    let message = lines.join("\n").to_lowercase();
    assert!(message.contains("leakdex"), "something is logged");
    let mut secrets: Vec<String> = person()
        .values()
        .map(|(_, value)| value.expect("it can be read").to_lowercase())
        .chain(["marke".into(), "1970".into(), "b123456782".into()])
        .collect();
    let identifiers = identifiers();
    for kind in [Kind::Kvnr, Kind::Email, Kind::Iban, Kind::Username] {
        assert!(identifiers.iter().any(|(found, _)| *found == kind), "{kind} is searched");
    }
    assert!(
        identifiers.iter().any(|(kind, _)| kind.is_match_key()),
        "match keys are searched, too"
    );
    let pseudonymiser = Pseudonymiser::new(&key());
    for (kind, normal_form) in identifiers {
        let pseudonym = pseudonymiser.pseudonym(kind, &normal_form).number();
        secrets.extend([format!("{pseudonym:032x}"), pseudonym.to_string()]);
        secrets.extend(String::from_utf8(normal_form).map(|text| text.to_lowercase()));
    }
    secrets.push("a7a7".into());
    for secret in secrets {
        assert!(!message.contains(&secret), "{secret} is logged: {message}");
    }
}

#[test]
fn checks_emit_no_events() {
    let key = key();
    let index = builder(&key, 1).build().expect("built");
    let lines = Notes::of(|| {
        assert_eq!(index.check(&person()).slug(), "affected");
        assert_eq!(index.check_all(&[person(), Record::new()]).len(), 2);
    });
    assert_eq!(lines, [""; 0]);
}
