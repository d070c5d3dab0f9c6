//! Tests that secrets are overwritten when they are dropped.

use leakdex::{Kind, KindSet};
use zeroize::Zeroizing;

use crate::{
    epoch::Epoch,
    signer::Signer,
    state::{Seed, State},
    voprf::KeyPair,
};

/// Asserts that a secret is overwritten on drop. On Linux, each process can read its own memory as a file. So safe
/// code can read the bytes of a dropped value.
#[cfg(target_os = "linux")]
fn assert_overwritten<T>(name: &str, secret: T, place: impl Fn(&T) -> *const u8) {
    use std::{fs::File, hint::black_box, os::unix::fs::FileExt};
    let Ok(memory) = File::open("/proc/self/mem") else {
        eprintln!("skipped: this machine has no /proc/self/mem");
        return;
    };
    let read = |address: u64| {
        let mut bytes = [0; 32];
        memory.read_exact_at(&mut bytes, address).expect("this process's own memory");
        bytes
    };
    let address = u64::try_from(place(&secret).addr()).expect("64 bits hold an address");
    let bytes = Zeroizing::new(read(address));
    assert!(bytes.windows(2).any(|pair| pair != [0; 2]), "this is where the {name} is");
    let moved = black_box(secret);
    assert_eq!(u64::try_from(place(&moved).addr()), Ok(address), "the {name} stays there");
    drop(moved);
    // Another thread may use the place by now, but it does not write bytes of this secret there.
    let left = read(address);
    let is_left =
        left.windows(4).any(|part| bytes.windows(4).any(|piece| piece == part && piece != [0; 4]));
    assert!(!is_left, "bytes of the {name} are left");
}

#[test]
#[cfg(target_os = "linux")]
fn seeds_are_overwritten_when_dropped() {
    let digits = hex::encode((0xA0..0xC0).collect::<Vec<u8>>());
    let epoch = format!("leakdex-epoch-v1:vector-1:kvnr:{digits}");
    let epoch = Epoch::from_text(epoch.as_bytes()).expect("a seed");
    assert_overwritten("seed of an epoch", epoch, |epoch| epoch.seed().as_ptr());

    let signer = format!("leakdex-signer-v1:{digits}");
    let signer = Signer::from_text(signer.as_bytes()).expect("a key");
    assert_overwritten("signing key", signer, |signer| signer.secret().as_ptr());

    let fingerprint = Signer::generate().expect("there are random bytes").fingerprint();
    let kinds: KindSet = [Kind::Kvnr].into_iter().collect();
    let epoch = Epoch::generate("vector-1".parse().expect("a name"), kinds).expect("random bytes");
    let seed = Seed::generate().expect("there are random bytes");
    let state = State::new(seed, (epoch.id(), fingerprint, 2026), [0; 32], Vec::new());
    assert_overwritten("seed of a state", state, |state| state.seed.as_bytes().as_ptr());

    let pair = Box::new(KeyPair::derive(&[7; 32], b"test key"));
    assert_overwritten("secret key of a kind", pair, |pair| pair.secret_bytes().as_ptr());
}
