"""ristretto255 (RFC 9496), the VOPRF of RFC 9497 on it, and Ed25519 (RFC 8032), with Python's integers.

It is slow and not constant-time. Tests compare leakdex with it, and use invented secrets only.
"""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
D2 = 2 * D % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


class BadElement(Exception):
    """Bytes that are not a canonical encoding."""


def sqrt_ratio(u, v):
    """Returns whether u / v is a square, and the nonnegative root of u / v if so, otherwise of i * u / v."""
    v3 = v * v % P * v % P
    r = u * v3 % P * pow(u * v3 % P * v3 % P * v % P, (P - 5) // 8, P) % P
    check = v * r % P * r % P
    if check in (-u % P, -u * SQRT_M1 % P):
        r = r * SQRT_M1 % P
    return check in (u % P, -u % P), absolute(r)


def absolute(x):
    return P - x if x & 1 else x


ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P
# RFC 9496 uses the negative root here.
SQRT_AD_MINUS_ONE = P - sqrt_ratio((-D - 1) % P, 1)[1]
INVSQRT_A_MINUS_D = sqrt_ratio(1, (-1 - D) % P)[1]


# Points in extended coordinates.


def double(point):
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    e = (x + y) ** 2 - a - b
    g = b - a
    f, h = g - 2 * z * z, -a - b
    return e * f % P, g * h % P, f * g % P, e * h % P


def cached(point):
    x, y, z, t = point
    return y - x, y + x, 2 * z, D2 * t % P


def add_cached(point, other):
    x, y, z, t = point
    minus, plus, z2, t2 = other
    a, b, c, d = (y - x) * minus % P, (y + x) * plus % P, t * t2 % P, z * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def add(one, other):
    return add_cached(one, cached(other))


def negate(point):
    x, y, z, t = point
    return -x % P, y, z, -t % P


def signed_digits(scalar, width):
    """Digits of a scalar from the lowest: zero, or odd and below 2^(width - 1), with a sign."""
    digits = []
    while scalar:
        digit = 0
        if scalar & 1:
            digit = scalar & (1 << width) - 1
            digit -= (digit >> width - 1) << width
            scalar -= digit
        digits.append(digit)
        scalar >>= 1
    return digits


def multiply(scalar, point, width=5):
    twice = cached(double(point))
    odd = [point]
    for _ in range((1 << width - 2) - 1):
        odd.append(add_cached(odd[-1], twice))
    table = {}
    for number, multiple in enumerate(odd):
        table[2 * number + 1] = cached(multiple)
        table[-2 * number - 1] = cached(negate(multiple))
    x, y, z, t = IDENTITY
    for digit in reversed(signed_digits(scalar % ORDER, width)):
        a, b = x * x % P, y * y % P
        e, g = (x + y) ** 2 - a - b, b - a
        f, h = g - 2 * z * z, -a - b
        x, y, z = e * f % P, g * h % P, f * g % P
        if digit:
            # Only an addition needs the fourth coordinate.
            x, y, z, t = add_cached((x, y, z, e * h % P), table[digit])
        else:
            t = e * h
    return x, y, z, t % P


def multiply_many(scalars, points, width=8):
    """The sum of scalar times point (Pippenger)."""
    points = [cached(point) for point in points]
    total = IDENTITY
    for shift in reversed(range(0, 256, width)):
        for _ in range(width):
            total = double(total)
        buckets = [None] * (1 << width)
        for scalar, point in zip(scalars, points):
            digit = scalar >> shift & (1 << width) - 1
            if digit:
                before = buckets[digit]
                buckets[digit] = add_cached(IDENTITY if before is None else before, point)
        running = IDENTITY
        for bucket in reversed(buckets[1:]):
            if bucket is not None:
                running = add(running, bucket)
            total = add(total, running)
    return total


# ristretto255.


def encode(point):
    x0, y0, z0, t0 = point
    u1, u2 = (z0 + y0) * (z0 - y0) % P, x0 * y0 % P
    _, root = sqrt_ratio(1, u1 * u2 % P * u2 % P)
    den1, den2 = root * u1 % P, root * u2 % P
    z_inv = den1 * den2 % P * t0 % P
    x, y, den_inv = x0, y0, den2
    if t0 * z_inv % P & 1:
        x, y = y0 * SQRT_M1 % P, x0 * SQRT_M1 % P
        den_inv = den1 * INVSQRT_A_MINUS_D % P
    if x * z_inv % P & 1:
        y = -y
    return absolute(den_inv * (z0 - y) % P).to_bytes(32, "little")


def decode(data):
    """Decodes an element. Refuses the identity."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or s & 1 or s == 0:
        raise BadElement
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    u2_squared = u2 * u2 % P
    v = (-D * u1 % P * u1 - u2_squared) % P
    was_square, root = sqrt_ratio(1, v * u2_squared % P)
    den_x = root * u2 % P
    x = absolute(2 * s * den_x % P)
    y = u1 * root % P * den_x % P * v % P
    t = x * y % P
    if not was_square or t & 1 or y == 0:
        raise BadElement
    return x, y, 1, t


def decode_scalar(data):
    scalar = int.from_bytes(data, "little")
    if len(data) != 32 or scalar >= ORDER:
        raise BadElement
    return scalar


def encode_scalar(scalar):
    return scalar.to_bytes(32, "little")


def map_to_curve(t):
    r = SQRT_M1 * t % P * t % P
    u, v = (r + 1) * ONE_MINUS_D_SQ % P, (-1 - r * D) * (r + D) % P
    was_square, s = sqrt_ratio(u, v)
    c = -1
    if not was_square:
        s, c = -absolute(s * t % P), r
    n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
    w0, w1 = 2 * s * v % P, n * SQRT_AD_MINUS_ONE % P
    w2, w3 = (1 - s * s) % P, (1 + s * s) % P
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


# RFC 9497, ristretto255-SHA512, mode 0x01.

CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"


def short(data):
    """The length of the bytes, then the bytes."""
    return len(data).to_bytes(2, "big") + data


def expand(message, tag):
    """64 bytes of expand_message_xmd with SHA-512 (RFC 9380)."""
    tag += bytes([len(tag)])
    first = hashlib.sha512(bytes(128) + message + b"\x00\x40\x00" + tag).digest()
    return hashlib.sha512(first + b"\x01" + tag).digest()


def hash_to_group(message):
    uniform = expand(message, b"HashToGroup-" + CONTEXT)
    halves = (int.from_bytes(half, "little") % 2**255 % P for half in (uniform[:32], uniform[32:]))
    return add(*map(map_to_curve, halves))


def wide(data):
    scalar = int.from_bytes(data, "little") % ORDER
    if scalar == 0:
        raise BadElement
    return scalar


def hash_to_scalar(message):
    return int.from_bytes(expand(message, b"HashToScalar-" + CONTEXT), "little") % ORDER


def derive_key_pair(seed, info):
    for counter in range(256):
        data = expand(seed + short(info) + bytes([counter]), b"DeriveKeyPair" + CONTEXT)
        secret = int.from_bytes(data, "little") % ORDER
        if secret:
            return secret, encode(multiply(secret, GENERATOR))
    raise BadElement


def finalize(message, element):
    return hashlib.sha512(short(message) + short(element) + b"Finalize").digest()


def weights(public_key, blinded, evaluated):
    seed = hashlib.sha512(short(public_key) + short(b"Seed-" + CONTEXT)).digest()
    pairs = enumerate(zip(blinded, evaluated))
    return [
        hash_to_scalar(short(seed) + i.to_bytes(2, "big") + short(c) + short(d) + b"Composite")
        for i, (c, d) in pairs
    ]


def challenge(public_key, *points):
    transcript = b"".join(short(encode(point)) for point in points)
    return hash_to_scalar(short(public_key) + transcript + b"Challenge")


def prove(secret, public_key, blinded, points, evaluated, nonce_of):
    """`nonce_of` computes the nonce from the encodings of the two sums."""
    m = multiply_many(weights(public_key, blinded, evaluated), points)
    z = multiply(secret, m)
    nonce = nonce_of(encode(m), encode(z))
    c = challenge(public_key, m, z, multiply(nonce, GENERATOR), multiply(nonce, m))
    return encode_scalar(c) + encode_scalar((nonce - c * secret) % ORDER)


def proof_holds(public_key, blinded, evaluated, proof):
    try:
        c, s = decode_scalar(proof[:32]), decode_scalar(proof[32:])
    except BadElement:
        return False
    factors = weights(public_key, blinded, evaluated)
    m = multiply_many(factors, [decode(element) for element in blinded])
    z = multiply_many(factors, [decode(element) for element in evaluated])
    t2 = add(multiply(s, GENERATOR), multiply(c, decode(public_key)))
    t3 = add(multiply(s, m), multiply(c, z))
    return challenge(public_key, m, z, t2, t3) == c


# Ed25519.


def recover(data):
    """Decodes a point of the curve. Refuses an encoding that is not canonical, and a point of small order."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number % 2**255
    was_square, x = sqrt_ratio((y * y - 1) % P, (D * y * y + 1) % P)
    if y >= P or not was_square or (x == 0 and sign):
        raise BadElement
    x = P - x if sign and x else x
    point = (x, y, 1, x * y % P)
    if double(double(double(point)))[0] == 0:
        raise BadElement
    return point


def compress(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_y = 4 * pow(5, -1, P) % P
_x = sqrt_ratio((_y * _y - 1) % P, (D * _y * _y + 1) % P)[1]
GENERATOR = (_x, _y, 1, _x * _y % P)


def _private(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return (scalar & (2**254 - 8)) | 2**254, digest[32:]


def signer_public(seed):
    return compress(multiply(_private(seed)[0], GENERATOR))


def sign(seed, message):
    scalar, prefix = _private(seed)
    public = signer_public(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % ORDER
    commitment = compress(multiply(r, GENERATOR))
    k = int.from_bytes(hashlib.sha512(commitment + public + message).digest(), "little")
    return commitment + encode_scalar((r + k * scalar) % ORDER)


def signature_holds(public, message, signature):
    try:
        key, _ = recover(public), recover(signature[:32])
        s = decode_scalar(signature[32:])
    except BadElement:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    return compress(add(multiply(s, GENERATOR), multiply(-k, key))) == signature[:32]
