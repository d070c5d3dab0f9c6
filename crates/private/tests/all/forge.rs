//! Writes valid and invalid files of the private check, from `docs/PRIVATE-CHECK.md` and the RFCs alone. It shares
//! no code with the crate.

use curve25519_dalek::{
    RistrettoPoint, Scalar, ristretto::CompressedRistretto, traits::VartimeMultiscalarMul,
};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use leakdex_private::{Epoch, Signer};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

pub const BATCH: usize = 4096;

/// The number and the name of a type of file.
pub type Type = (u16, &'static str);
pub const TABLE: Type = (1, "table");
pub const REQUEST: Type = (2, "request");
pub const RESPONSE: Type = (3, "response");

/// The content of a file.
#[derive(Clone)]
pub struct Content {
    pub metadata: Value,
    pub body: Vec<u8>,
}

/// Splits a file into its metadata and its body.
pub fn content_of(file: &[u8]) -> Content {
    let number = |range: std::ops::Range<usize>| {
        let bytes = &file[range];
        bytes.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let (metadata, body) = (number(12..16), number(16..24));
    assert_eq!(file.len(), 64 + metadata + body + 64);
    let metadata = &file[64..64 + metadata];
    Content {
        metadata: serde_json::from_slice(metadata).expect("it is JSON"),
        body: file[64 + metadata.len()..file.len() - 64].to_vec(),
    }
}

/// Writes and signs a file.
pub fn file(of_type: Type, content: &Content, signer: &Signer) -> Vec<u8> {
    let key = SigningKey::from_bytes(&hex_of(&signer.to_text()));
    let metadata = content.metadata.to_string();
    let mut file = b"\x89LDP\r\n\x1A\n".to_vec();
    file.extend(of_type.0.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(u32::try_from(metadata.len()).expect("it is short").to_le_bytes());
    file.extend((content.body.len() as u64).to_le_bytes());
    file.extend(key.verifying_key().as_bytes());
    file.extend([0; 8]);
    file.extend(metadata.as_bytes());
    file.extend(&content.body);
    let message = [label(&format!("signed {} ", of_type.1)), Sha512::digest(&file).to_vec()];
    file.extend(key.sign(&message.concat()).to_bytes());
    file
}

/// The id of a file.
pub fn id_of(file: &[u8]) -> String {
    hex::encode(&Sha256::digest(file)[..16])
}

/// The hexadecimal digits at the end of a secret's text.
pub fn hex_of(text: &str) -> [u8; 32] {
    let digits = text.trim_end().rsplit(':').next().expect("there is one part at least");
    hex::decode(digits).expect("digits").try_into().expect("32 bytes")
}

fn label(text: &str) -> Vec<u8> {
    format!("leakdex/private/1 {text}").into_bytes()
}

/// The input of an identifier.
pub fn input(kind: &str, canonical: &[u8]) -> Vec<u8> {
    let label = label(&format!("input {kind} normaliser {}\0", leakdex::NORMALISER));
    [&label, canonical].concat()
}

/// The input of the canary of a kind.
pub fn canary(kind: &str) -> Vec<u8> {
    let forms = leakdex::canary_normal_forms(kind.parse().expect("a kind"));
    let label = label(&format!("canary {kind} normaliser {}\0", leakdex::NORMALISER));
    [&label, forms.expect("the kind has a canary")].concat()
}

/// The key pair of a kind.
pub struct Pair {
    pub secret: Scalar,
    pub public: [u8; 32],
}

const CONTEXT: &[u8] = b"OPRFV1-\x01-ristretto255-SHA512";

fn expanded(message: &[u8], domain: &str) -> [u8; 64] {
    let mut domain = [domain.as_bytes(), CONTEXT].concat();
    domain.push(u8::try_from(domain.len()).expect("it is short"));
    let first = Sha512::digest([&[0; 128], message, &[0, 64, 0], &domain].concat());
    Sha512::digest([&first[..], &[1], &domain].concat()).into()
}

fn scalar(message: &[u8]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&expanded(message, "HashToScalar-"))
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(bytes.len()).expect("it is short").to_le_bytes();
    [&[high, low], bytes].concat()
}

impl Pair {
    pub fn of(epoch: &Epoch, kind: &str) -> Self {
        let info = label(&format!("key {} {kind}", epoch.name().as_str()));
        let message = [&hex_of(&epoch.to_text())[..], &with_length(&info), &[0]].concat();
        Self::of_secret(Scalar::from_bytes_mod_order_wide(&expanded(&message, "DeriveKeyPair")))
    }

    pub fn of_secret(secret: Scalar) -> Self {
        Self { secret, public: RistrettoPoint::mul_base(&secret).compress().to_bytes() }
    }

    /// F of an input: the output of the VOPRF.
    pub fn output(&self, input: &[u8]) -> [u8; 64] {
        let element = RistrettoPoint::from_uniform_bytes(&expanded(input, "HashToGroup-"));
        let element = (element * self.secret).compress().to_bytes();
        let parts = [with_length(input), with_length(&element), b"Finalize".to_vec()];
        Sha512::digest(parts.concat()).into()
    }

    pub fn evaluated(&self, batch: &[[u8; 32]]) -> Vec<[u8; 32]> {
        let evaluated = |element: &[u8; 32]| (decoded(element) * self.secret).compress().to_bytes();
        batch.iter().map(evaluated).collect()
    }

    /// The proof for a batch. It always uses the same random scalar, which would reveal a real key.
    pub fn proof(&self, blinded: &[[u8; 32]], evaluated: &[[u8; 32]]) -> [u8; 64] {
        let seed = [with_length(&self.public), with_length(&[b"Seed-", CONTEXT].concat())];
        let seed = Sha512::digest(seed.concat());
        let pairs = (0_u16..).zip(blinded.iter().zip(evaluated));
        let weights = pairs.map(|(number, (blinded, evaluated))| {
            let [low, high] = number.to_le_bytes();
            let parts = [
                with_length(&seed),
                vec![high, low],
                with_length(blinded),
                with_length(evaluated),
                b"Composite".to_vec(),
            ];
            scalar(&parts.concat())
        });
        let elements = blinded.iter().map(decoded);
        let sum = RistrettoPoint::vartime_multiscalar_mul(weights, elements);
        let random = scalar(b"a random scalar");
        let elements = [sum, sum * self.secret, RistrettoPoint::mul_base(&random), sum * random];
        let mut message = with_length(&self.public);
        for element in elements {
            message.extend(with_length(element.compress().as_bytes()));
        }
        message.extend(b"Challenge");
        let challenge = scalar(&message);
        let response = random - challenge * self.secret;
        let mut proof = [0; 64];
        proof[..32].copy_from_slice(challenge.as_bytes());
        proof[32..].copy_from_slice(response.as_bytes());
        proof
    }
}

fn decoded(element: &[u8; 32]) -> RistrettoPoint {
    CompressedRistretto(*element).decompress().expect("it is canonical")
}

/// The elements of a body.
pub fn elements(body: &[u8]) -> Vec<[u8; 32]> {
    body.chunks_exact(32).map(|element| element.try_into().expect("32 bytes")).collect()
}

/// The response to a request, by an honest provider.
pub fn response(request: &[u8], epoch: &Epoch) -> Content {
    response_by(request, |kind| Pair::of(epoch, kind))
}

/// The response to a request with these key pairs.
pub fn response_by(request: &[u8], pair: impl Fn(&str) -> Pair) -> Content {
    let Content { metadata, body } = content_of(request);
    let mut rest = body.as_slice();
    let mut body = Vec::new();
    for requested in metadata["kinds"].as_array().expect("a list") {
        let pair = pair(requested["kind"].as_str().expect("a text"));
        for _ in 0..requested["batches"].as_u64().expect("a number") {
            let (batch, others) = rest.split_at(32 * BATCH);
            rest = others;
            let blinded = elements(batch);
            let evaluated = pair.evaluated(&blinded);
            body.extend(evaluated.as_flattened());
            body.extend(pair.proof(&blinded, &evaluated));
        }
    }
    let metadata = serde_json::json!({
        "epoch": metadata["epoch"],
        "request": id_of(request),
        "charge": {"seq": 2, "digest": "00".repeat(32)},
        "kinds": metadata["kinds"],
    });
    Content { metadata, body }
}

/// The label and the key stream of an entry.
pub fn entry_key(output: &[u8; 64], salt: &[u8], number: u64) -> [u8; 32] {
    let mac = Hmac::<Sha512>::new_from_slice(output).expect("any length");
    let mac = mac.chain_update(label("entry ")).chain_update(salt);
    let bytes = mac.chain_update(number.to_le_bytes()).finalize().into_bytes();
    bytes[..32].try_into().expect("32 bytes")
}

/// An entry with this payload.
pub fn entry(output: &[u8; 64], salt: &[u8], number: u64, payload: [u8; 16]) -> [u8; 32] {
    let mut entry = entry_key(output, salt, number);
    entry[16..].iter_mut().zip(payload).for_each(|(byte, plain)| *byte ^= plain);
    entry
}

/// The salt of a table.
pub fn salt_of(table: &Content) -> Vec<u8> {
    hex::decode(table.metadata["salt"].as_str().expect("a text")).expect("digits")
}

/// Writes the lines of a state again, with a MAC that fits.
pub fn state(line: &Value, seed: &[u8; 32]) -> Vec<u8> {
    // The first field shows what the file is.
    let line = ordered(
        line,
        &["format", "seed", "epoch", "provider", "year", "list_digest", "kinds", "request"],
    );
    let mac = Hmac::<Sha256>::new_from_slice(seed).expect("any length");
    let mac = mac.chain_update(label("state ")).chain_update(&line).finalize().into_bytes();
    format!("{line}\n{}\n", hex::encode(mac)).into_bytes()
}

/// An object as JSON, with its fields in this order. The objects in its lists have a fixed order.
fn ordered(value: &Value, order: &[&str]) -> String {
    let field = |name: &&str| {
        let value = match value.get(*name)? {
            Value::Array(items) => {
                let items =
                    items.iter().map(|item| ordered(item, &["kind", "identifiers", "batches"]));
                format!("[{}]", items.collect::<Vec<_>>().join(","))
            }
            other => other.to_string(),
        };
        Some(format!("\"{name}\":{value}"))
    };
    format!("{{{}}}", order.iter().filter_map(field).collect::<Vec<_>>().join(","))
}
