"""The MAC over the head and the digests of the body ("Digests and MAC" in docs/FORMAT.md)."""

import hmac

from primitives import hmac_sha256, sha256
from refused import require

CHUNK = 65536


def length_of_digests(body):
    return 32 * -(-body // CHUNK)


def mac_of(data, head, key):
    return hmac_sha256(key.subkey("index-mac"), data[: head.length - 32])


def digests_of(data, head):
    return b"".join(sha256(data[start : start + CHUNK]) for start in range(head.length, len(data), CHUNK))


def check_head(data, head, key):
    """Gives the id of the index."""
    mac = mac_of(data, head, key)
    require(hmac.compare_digest(mac, data[head.length - 32 : head.length]), "the MAC of the head is wrong")
    return mac[:8].hex()


def check_body(data, head):
    require(digests_of(data, head) == data[head.sections["digests"]], "a digest of the body is wrong")


def sealed(data, head, key):
    """A changed file with digests and MAC that fit it. Tests need it; a reader does not."""
    file = bytearray(data)
    file[head.sections["digests"]] = digests_of(data, head)
    file[head.length - 32 : head.length] = mac_of(bytes(file), head, key)
    return bytes(file)
