//! The VOPRF against the test vectors of RFC 9497, and against another implementation.

use rayon::prelude::*;
use sha2::Digest;
use voprf_ng::{BlindedElement, EvaluationElement, Group, Ristretto255, VoprfClient, VoprfServer};

use super::*;

type Other = Ristretto255;

fn scalar(digits: &str) -> Scalar {
    let bytes = hex::decode(digits).expect("hex digits").try_into().expect("32 bytes");
    Option::from(Scalar::from_canonical_bytes(bytes)).expect("a scalar")
}

/// A test vector of RFC 9497, appendix A.1.2. The last one is a batch of two inputs.
struct Vector {
    inputs: &'static [&'static [u8]],
    blinds: &'static [&'static str],
    blinded: &'static [&'static str],
    evaluated: &'static [&'static str],
    proof: &'static str,
    random: &'static str,
    outputs: &'static [&'static str],
}

const VECTORS: [Vector; 3] = [
    Vector {
        inputs: &[&[0]],
        blinds: &["64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"],
        blinded: &["863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"],
        evaluated: &["aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"],
        proof: "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06\
                6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
        random: "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
        outputs: &["b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d\
                    a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"],
    },
    Vector {
        inputs: &[&[0x5A; 17]],
        blinds: &["64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"],
        blinded: &["cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c"],
        evaluated: &["60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468"],
        proof: "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a\
                67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
        random: "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
        outputs: &["8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60\
                    356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"],
    },
    Vector {
        inputs: &[&[0], &[0x5A; 17]],
        blinds: &[
            "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
            "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
        ],
        blinded: &[
            "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
            "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
        ],
        evaluated: &[
            "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
            "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
        ],
        proof: "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a\
                5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
        random: "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
        outputs: &[
            "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d\
             a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c",
            "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60\
             356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6",
        ],
    },
];

#[test]
fn the_vectors_of_rfc_9497_hold() {
    let pair = KeyPair::derive(&[0xA3; 32], b"test key");
    let secret = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909";
    assert!(pair.secret == scalar(secret));
    let public = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";
    assert_eq!(hex::encode(pair.public), public);

    for vector in VECTORS {
        let blinds: Vec<Scalar> = vector.blinds.iter().map(|blind| scalar(blind)).collect();
        let hashed = vector.inputs.iter().map(|input| hash_to_group(input));
        let blinded: Vec<_> = hashed.zip(&blinds).map(|(element, blind)| element * blind).collect();
        let halves: Vec<_> =
            blinded.iter().map(|element| element * Scalar::from(2_u8).invert()).collect();
        let encoded = encode_doubled(&halves);
        assert_eq!(encoded.iter().map(hex::encode).collect::<Vec<_>>(), vector.blinded);

        let evaluated = pair.blind_evaluate(&blinded);
        assert_eq!(evaluated.iter().map(hex::encode).collect::<Vec<_>>(), vector.evaluated);
        let proof =
            pair.prove((&encoded, &blinded), &evaluated, |_| Zeroizing::new(scalar(vector.random)));
        assert_eq!(hex::encode(proof.encode()), vector.proof);

        let results: Vec<_> =
            evaluated.iter().map(|element| decode(element).expect("an element")).collect();
        assert!(proof.verifies(&pair.public, (&encoded, &blinded), (&evaluated, &results)));
        for (number, input) in vector.inputs.iter().enumerate() {
            let unblinded = (results[number] * blinds[number].invert()).compress().to_bytes();
            assert_eq!(hex::encode(finalize(input, &unblinded)), vector.outputs[number]);
        }
        let outputs: Vec<String> = pair.evaluate(vector.inputs).iter().map(hex::encode).collect();
        assert_eq!(outputs, vector.outputs);
    }
}

#[test]
fn outputs_equal_those_of_another_implementation() {
    const COUNT: u32 = 10_000;
    let pair = KeyPair::derive(&[7; 32], b"leakdex/private/1 key other kvnr");
    let other = VoprfServer::<Other>::new_from_seed(&[7; 32], b"leakdex/private/1 key other kvnr");
    let other = other.expect("the seed is sound");
    let public = other.get_public_key();
    assert!(*<Other as Group>::serialize_elem(public) == pair.public[..]);

    // Inputs of 1 to 100 bytes.
    let of_number = |number: u32| {
        let digest = Sha512::digest(number.to_le_bytes()).repeat(2);
        digest[..=number as usize % 100].to_vec()
    };
    let inputs: Vec<Vec<u8>> = (0..COUNT).map(of_number).collect();
    let outputs = pair.evaluate(&inputs);
    inputs.par_iter().zip(&outputs).for_each(|(input, output)| {
        assert!(other.evaluate(input).expect("inputs are short")[..] == output[..]);
    });

    // The other client blinds the inputs of a batch, this server evaluates them, and the other client verifies the
    // proof and finalises.
    for (batch, inputs) in inputs.chunks(4096).map(<[Vec<u8>]>::to_vec).enumerate() {
        let blind = |number: usize| {
            let wide = Sha512::digest([batch.to_le_bytes(), number.to_le_bytes()].concat());
            Scalar::from_bytes_mod_order_wide(&wide.into())
        };
        let clients = inputs.par_iter().enumerate().map(|(number, input)| {
            VoprfClient::<Other>::deterministic_blind_unchecked(input, blind(number))
                .expect("inputs are short")
        });
        let (clients, messages): (Vec<_>, Vec<BlindedElement<Other>>) =
            clients.map(|result| (result.state, result.message)).unzip();
        let encoded: Vec<Encoded> =
            messages.iter().map(|message| message.serialize().into()).collect();
        let elements: Vec<_> =
            encoded.iter().map(|encoded| decode(encoded).expect("an element")).collect();
        let evaluated = pair.blind_evaluate(&elements);
        let random = |[sum, product]: &[Encoded; 2]| {
            // The nonce may depend on both sums. If a fault corrupts a sum, such a nonce reveals no key.
            let sum = decode(sum).expect("an element");
            assert!((sum * pair.secret).compress().to_bytes() == *product);
            Zeroizing::new(blind(usize::MAX))
        };
        let proof = pair.prove((&encoded, &elements), &evaluated, random);

        let theirs: Vec<EvaluationElement<Other>> = evaluated
            .iter()
            .map(|evaluated| EvaluationElement::deserialize(evaluated).expect("an element"))
            .collect();
        let proof = voprf_ng::Proof::deserialize(&proof.encode()).expect("a proof");
        let finalised = VoprfClient::batch_finalize(&inputs, &clients, &theirs, &proof, public);
        let finalised = finalised.map_err(|error| error.to_string()).expect("the proof holds");
        let expected = &outputs[batch * 4096..];
        for (result, output) in finalised.zip(expected) {
            assert!(result.expect("inputs are short")[..] == output[..]);
        }
        if batch > 0 {
            continue;
        }
        // The other client refuses the proof for other elements.
        let mut swapped = theirs;
        swapped.swap(0, 1);
        let refused = VoprfClient::batch_finalize(&inputs, &clients, &swapped, &proof, public);
        assert!(refused.is_err());
    }
}
