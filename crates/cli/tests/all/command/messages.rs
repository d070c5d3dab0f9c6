//! Every error says what to do next.

use super::support::Site;

#[test]
fn an_error_says_what_is_wrong_and_what_to_do_next() {
    let site = Site::with_index();
    site.make_folder("folder");
    site.write("empty.csv", "");
    site.write("colour.csv", "Farbe;Ort\nrot;Ulm\n");
    site.write("bad.csv", "KVNR\nA1\n");
    site.write("cut.csv.gz", b"\x1F\x8B\x08\0\0\0\0\0\0\x03KL");
    site.write("nameless.toml", "Title = 'x'\n");
    let check = "check --key key --index leak.leakdex";
    let build = "build --key key --output i";
    for (arguments, wrong, next) in [
        ("keygen nowhere/key", "no folder nowhere", "make it first"),
        ("verify --key nobody leak.leakdex", "nobody", "check the spelling"),
        ("verify --key key nobody", "nobody", "check the spelling"),
        ("verify --key key folder", "this folder contains no index", "give an index"),
        ("verify --key key leak.csv", "not a leakdex index", "built or merged by leakdex"),
        ("verify --key key --min-generation 1 leak.leakdex", "generation 0", "get the latest"),
        ("merge --key key --output x folder", "is a folder", "name the index in it"),
        ("inspect folder", "this folder contains no index", "give an index"),
        ("CHECK nobody.csv", "no such file", "check the spelling"),
        ("CHECK folder", "is a folder", "name the files in it"),
        ("CHECK empty.csv", "is empty", "its export"),
        ("CHECK x*.csv", "no file fits", "check the spelling"),
        ("CHECK x[.csv", "not a pattern", "[[]"),
        ("CHECK cut.csv.gz", "cannot be read", "get it again"),
        ("CHECK --no-header colour.csv", "numbered from 1 to 2", "--column '1=email'"),
        ("CHECK --column E-Mail=id --column KVNR=id members.csv", "two columns", "'ignore'"),
        ("CHECK --output nowhere/x members.csv", "no folder nowhere", "make it first"),
        ("CHECK --previous leak.csv members.csv", "not a file of findings", "its --output wrote"),
        ("BUILD bad.csv", "no leaked row", "check --explain --leak"),
        ("BUILD --breach nameless.toml leak.csv", "Name is missing", "add a line such as Name ="),
        ("BUILD --breach folder leak.csv", "cannot read the breach", "name a file in it"),
        ("merge --key key --output m --without empty.csv leak.leakdex", "is empty", "its export"),
        ("man nowhere", "no such folder", "make it first"),
    ] {
        let arguments = arguments.replace("CHECK", check).replace("BUILD", build);
        site.run(&arguments).expect_error(&[wrong, next]).prints("");
    }
    for (arguments, wrong, next) in [
        ("CHECK --threads 0 members.csv", "--threads", "a whole number of at least 1"),
        ("CHECK --explain=0 members.csv", "--explain", "a whole number of at least 1"),
        ("CHECK --output members.csv members.csv", "is an input", "name another file"),
        ("CHECK - -", "one input only", "name files"),
        ("BUILD --memory 1MB leak.csv", "64 MiB", "give more, or leave it out"),
        ("lookup --key key --index leak.leakdex starts-birth", "several fields", "'leakdex check'"),
    ] {
        let arguments = arguments.replace("CHECK", check).replace("BUILD", build);
        site.run(&arguments).expect(2).says_all(&[wrong, next]).prints("");
    }
    let run = site.run(&format!("{check} --max-rejects 0 members.csv bad.csv"));
    run.expect(4).says_all(&["nothing was published", "give a higher --max-rejects"]);
}

#[test]
#[cfg(target_os = "linux")]
fn errors_of_a_full_disk_and_a_missing_temporary_folder_have_advice() {
    let site = Site::with_index();
    site.run("check --leak leak.csv --output /dev/full members.csv")
        .expect_error(&["/dev/full: cannot write", "make room"]);
    let mut command = site.command("check --leak leak.csv members.csv");
    let output = command.env("TMPDIR", "/nowhere").output().expect("the command starts");
    site.after("check".into(), &output).expect_error(&["/nowhere", "set TMPDIR"]);
}

#[test]
fn an_incomplete_check_explains_its_status_and_the_next_step() {
    let site = Site::with_index();
    site.run("check --leak leak.csv members.csv").expect(3).says_all(&[
        "4 persons: 2 confirmed, 0 to decide, 1 open, 1 not affected\n",
        "exit status 3: 1 member could not be checked",
        "--allow-indeterminate",
    ]);
    let run = site.run("check --leak leak.csv --allow-indeterminate members.csv").expect(0);
    assert!(!run.stderr.contains("exit status"), "{}", run.stderr);
}
