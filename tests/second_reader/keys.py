"""The secrets of a key, and the pseudonyms under them ("Keys" and "Pseudonyms" in docs/FORMAT.md)."""

from functools import lru_cache
from typing import NamedTuple

from primitives import Aes128, cmac, hkdf_sha256, hmac_sha256
from refused import require

NORMALISER = 3
VALUES = (
    "email kvnr iccsn ehic rvnr steuer-id identity-document iban phone email-alias"
    " md5-email sha1-email sha256-email username"
).split()
MATCH_KEYS = "birth-postcode starts-birth ends-birth sound-postcode name-birthday first-birth-region".split()
# A kind's position is its number in a posting.
KINDS = VALUES + MATCH_KEYS
KEY_FILE = b"leakdex-key-v1:"


class Pseudonym(NamedTuple):
    """The 16 bytes of a table, and the key of the identifier's payloads."""

    halves: bytes
    code_key: bytes


class Key:
    def __init__(self, secret):
        require(len(secret) == 32 and any(secret), "a key has 32 bytes, not all zero")
        self.secret = secret
        self.id = self.subkey("key-id")[:8].hex()
        self.of_kind = lru_cache(maxsize=None)(self._of_kind)

    @classmethod
    def read(cls, path):
        with open(path, "rb") as file:
            line = file.read()
        digits = line.removeprefix(KEY_FILE).removesuffix(b"\n")
        require(line.startswith(KEY_FILE) and len(digits) == 64, "this is not a key file")
        return cls(bytes.fromhex(digits.decode("ascii")))

    def subkey(self, purpose):
        return hkdf_sha256(self.secret, b"leakdex/1 " + purpose.encode("ascii"))

    def _of_kind(self, kind):
        first, second = (
            self.subkey(f"{half} half of identifier {kind} normaliser {NORMALISER}") for half in ("first", "second")
        )
        return Aes128(first[:16]), second

    def canaries(self, made_up):
        """The canary of each kind, from pairs of a kind and the normal form of a made-up identifier."""
        texts = {}
        for kind, form in made_up:
            texts[kind] = texts.get(kind, "") + form + "\n"
        return {kind: self.pseudonym(kind, text.encode("utf-8")).halves for kind, text in texts.items()}

    def pseudonym(self, kind, canonical):
        first_key, second_key = self.of_kind(kind)
        mac = hmac_sha256(second_key, canonical)
        return Pseudonym(cmac(first_key, canonical)[:8] + mac[:8], mac[8:24])
