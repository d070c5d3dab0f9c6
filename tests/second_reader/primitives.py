"""AES-128, AES-CMAC, HKDF and XChaCha20, written from the standards. SHA-256 and HMAC are Python's.

They are slow, and their running time reveals the secrets. Use invented secrets only.
"""

import hashlib
import hmac
import struct

WORD = 0xFFFFFFFF


def sha256(data):
    return hashlib.sha256(data).digest()


def hmac_sha256(key, data):
    return hmac.digest(key, data, "sha256")


def hkdf_sha256(secret, info, salt=b"", length=32):
    """RFC 5869. The default salt is 32 zero bytes."""
    extracted = hmac_sha256(salt or bytes(32), secret)
    output, block = b"", b""
    while len(output) < length:
        block = hmac_sha256(extracted, block + info + bytes([len(output) // 32 + 1]))
        output += block
    return output[:length]


# AES (FIPS 197). A table combines the substitution of a byte and the mixing of its column.


def times_x(byte):
    return byte << 1 ^ (0x11B if byte & 0x80 else 0)


def substitutions():
    """The inverse in the field of 256 elements, then an affine map."""
    powers, element = [], 1
    for _ in range(255):
        powers.append(element)
        element ^= times_x(element)
    logarithms = {power: place for place, power in enumerate(powers)}
    for byte in range(256):
        inverse = powers[-logarithms[byte] % 255] if byte else 0
        doubled = inverse * 0x101
        yield (inverse ^ doubled >> 4 ^ doubled >> 5 ^ doubled >> 6 ^ doubled >> 7) & 0xFF ^ 0x63


def rotated_right(word, bits):
    return word >> bits | word << 32 - bits & WORD


SUBSTITUTE = bytes(substitutions())
MIXED = [times_x(s) << 24 | s << 16 | s << 8 | times_x(s) ^ s for s in SUBSTITUTE]
COLUMNS = [[rotated_right(word, bits) for word in MIXED] for bits in (0, 8, 16, 24)]


class Aes128:
    """Encrypts single blocks of 16 bytes."""

    def __init__(self, key):
        words, constant = list(struct.unpack(">4I", key)), 1
        while len(words) < 44:
            word = words[-1]
            if len(words) % 4 == 0:
                turned = (word << 8 & WORD | word >> 24).to_bytes(4, "big")
                word = int.from_bytes(turned.translate(SUBSTITUTE), "big") ^ constant << 24
                constant = times_x(constant)
            words.append(words[-4] ^ word)
        self.round_keys = [words[place : place + 4] for place in range(0, 44, 4)]

    def encrypt(self, block):
        first, second, third, fourth = COLUMNS
        state = [word ^ key for word, key in zip(struct.unpack(">4I", block), self.round_keys[0])]
        for keys in self.round_keys[1:10]:
            state = [
                first[state[column] >> 24]
                ^ second[state[column - 3] >> 16 & 0xFF]
                ^ third[state[column - 2] >> 8 & 0xFF]
                ^ fourth[state[column - 1] & 0xFF]
                ^ keys[column]
                for column in range(4)
            ]
        before = struct.pack(">4I", *state)
        rows_shifted = bytes(before[place * 5 % 16] for place in range(16))
        last = int.from_bytes(rows_shifted.translate(SUBSTITUTE), "big")
        return (last ^ int.from_bytes(struct.pack(">4I", *self.round_keys[10]), "big")).to_bytes(16, "big")


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right))


def cmac(aes, message):
    """AES-CMAC (RFC 4493)."""

    def doubled(block):
        number = int.from_bytes(block, "big") << 1
        return (number & (1 << 128) - 1 ^ (0x87 if number >> 128 else 0)).to_bytes(16, "big")

    subkey = doubled(aes.encrypt(bytes(16)))
    whole_blocks = max(0, len(message) - 1) // 16
    last = message[16 * whole_blocks :]
    if len(last) < 16:
        subkey = doubled(subkey)
        last = (last + b"\x80").ljust(16, b"\0")
    state = bytes(16)
    for place in range(0, 16 * whole_blocks, 16):
        state = aes.encrypt(xor(state, message[place : place + 16]))
    return aes.encrypt(xor(xor(state, last), subkey))


# XChaCha20 (draft-irtf-cfrg-xchacha), from the rounds of ChaCha20 (RFC 8439).

CHACHA_CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
QUARTER_ROUNDS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip


def chacha_rounds(state):
    state = list(state)

    def step(target, addend, mixed, bits):
        state[target] = state[target] + state[addend] & WORD
        word = state[mixed] ^ state[target]
        state[mixed] = word << bits & WORD | word >> 32 - bits

    for _ in range(10):
        for a, b, c, d in QUARTER_ROUNDS:
            step(a, b, d, 16)
            step(c, d, b, 12)
            step(a, b, d, 8)
            step(c, d, b, 7)
    return state


def xchacha20(key, nonce, data):
    """Encrypts or decrypts. The nonce has 24 bytes, and the block counter begins with 0."""
    mixed = chacha_rounds(CHACHA_CONSTANTS + struct.unpack("<8I4I", key + nonce[:16]))
    subkey = tuple(mixed[:4] + mixed[12:])
    stream = b""
    for counter in range((len(data) + 63) // 64):
        state = CHACHA_CONSTANTS + subkey + (counter, 0) + struct.unpack("<2I", nonce[16:])
        stream += struct.pack("<16I", *(a + b & WORD for a, b in zip(state, chacha_rounds(state))))
    return xor(data, stream)
