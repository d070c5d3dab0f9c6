//! Runs with little space on the disk or in memory.

use std::{
    fs::File,
    io::Write as _,
    process::{Command, Stdio},
};

use super::{
    super::{limits::limited, support::LEAKDEX},
    CHECK, RESUME, expect, members, packed, site,
};

#[test]
fn work_is_kept_on_a_full_disk_and_resumed_later() {
    let site = site();
    site.make_folder("disk");
    expect(
        &site,
        &format!("{CHECK} --all --output all one.csv two.csv").replace("--output findings", ""),
        0,
        &[],
    );
    // A file system of 64 KiB in its own namespace. The findings need more.
    let script = "mount -t tmpfs -o size=64k none disk || exit 77; \
                  \"$LEAKDEX\" $CHECK 2>first; test $? -eq 1 || exit 90; \
                  test -e disk/.findings.leakdex-checkpoint || exit 91; \
                  test -e disk/findings && exit 92; \
                  mount -o remount,size=4m disk || exit 77; \
                  \"$LEAKDEX\" $CHECK 2>second; test $? -eq 0 || exit 93; \
                  test \"$(ls -A disk)\" = findings || exit 94; cmp all disk/findings || exit 95";
    let check = RESUME.replace("findings", "disk/findings");
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .env("LEAKDEX", LEAKDEX)
        .env("CHECK", format!("{check} --all one.csv two.csv"))
        .current_dir(site.path("."))
        .output();
    match output.ok().and_then(|output| output.status.code()) {
        Some(0) => {
            let (first, second) = (site.read("first"), site.read("second"));
            assert!(first.contains("findings: cannot write"), "{first}");
            assert!(first.contains("No space left on device"), "{first}");
            assert!(first.contains("the same command continues from there"), "{first}");
            assert!(second.contains("continues after"), "{second}");
        }
        None | Some(1 | 77) if !site.exists("first") => {
            println!("not tested: this machine does not allow a user to mount a file system");
        }
        code => panic!("{code:?}\n{}", site.read("first")),
    }
}

#[test]
fn memory_is_constant_while_rows_are_checked_or_skipped() {
    let site = site();
    // A list of 80 MB, checked with 64 MiB of memory.
    let mut list = File::create(site.path("long.csv")).expect("created");
    let rows = members("lang", 2000);
    // The header has 24 bytes. Only the first copy of the rows keeps it.
    list.write_all(&rows).expect("written");
    (1..20).for_each(|_| list.write_all(&rows[24..]).expect("written"));
    list.write_all(b"\x1f").expect("written");
    drop(list);
    let run = |arguments: &str| {
        let mut command = limited(64 << 10, &site, arguments);
        let output = command.stdin(Stdio::null()).output().expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let check = RESUME.replace("--checkpoint-every 0", "--checkpoint-every 50 --threads 2");
    site.write("broken.csv.gz", &packed(b"KVNR\nA123456780\n")[..20]);
    let (code, message) = run(&format!("{check} long.csv broken.csv.gz"));
    assert!(code == Some(1) && message.contains("broken.csv.gz"), "{code:?} {message}");
    site.write("broken.csv.gz", packed(b"KVNR\nA123456780\n"));
    let (code, message) = run(&format!("{check} long.csv broken.csv.gz"));
    assert!(code == Some(0) && message.contains("continues after"), "{code:?} {message}");
}
