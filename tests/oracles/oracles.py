"""Compares `leakdex normalize` with independent implementations.

Each kind has a generator of good and bad values and one or more oracles. An oracle returns the normal form, None for an
invalid value, or UNKNOWN. Disagreements are counted by cause. `explain` names the causes that docs/IDENTIFIERS.md
explains; any other cause makes the run fail.
"""

import collections
import random
import re
import string
import subprocess
import sys
import unicodedata

import idna
import phonenumbers
import schwifty
from schwifty.exceptions import SchwiftyException
from stdnum import iban as stdnum_iban
from stdnum.de import idnr as stdnum_idnr
from stdnum.exceptions import ValidationError

COUNT = 10_000
UNKNOWN = object()
DIGITS = string.digits
UPPER = string.ascii_uppercase
SPACES = ["\u00a0", "\u2007", "\u202f", " ", "-", ".", "/"]


def main(command):
    unexplained = 0
    for kind, (generate, oracles) in KINDS.items():
        rng = random.Random(f"leakdex {kind}")
        values = [value.replace("\n", " ").replace("\r", " ") for value in generate(rng)]
        answers = run(command, kind, values)
        for name, oracle in oracles.items():
            causes = collections.defaultdict(list)
            compared = valid = 0
            for value, (outcome, ours, reason) in zip(values, answers):
                if is_placeholder(value):
                    continue
                theirs = oracle(value)
                if theirs is UNKNOWN:
                    continue
                compared += 1
                valid += theirs is not None
                # Oracles have no suspect values: a wrong check digit is simply invalid.
                if outcome == "suspect" and reason == "wrong-check-digit":
                    ours = None
                elif outcome == "invalid":
                    ours = None
                if ours != theirs:
                    causes[explain(kind, name, value, reason, theirs)].append((value, ours, theirs))
            print(f"{kind} against {name}: {compared} values, {valid} valid to it")
            for cause, cases in sorted(causes.items(), key=lambda item: item[0] or ""):
                print(f"  {len(cases):6} {cause or 'UNEXPLAINED'}: for example {cases[0]}")
                if cause is None:
                    unexplained += len(cases)
                    for case in cases[1:10]:
                        print(f"         {case}")
    print(f"{unexplained} disagreements without an explanation")
    return 1 if unexplained else 0


def run(command, kind, values):
    done = subprocess.run(
        [command, "normalize", kind],
        input="".join(value + "\n" for value in values),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    rows = [(line.split("\t") + [None])[:3] for line in done.stdout.split("\n")[:-1]]
    if len(rows) != len(values):
        sys.exit(f"{kind}: {len(rows)} answers to {len(values)} values")
    return rows


def is_placeholder(value):
    return value.strip().lower() in ("", "-", "null", "n/a")


def explain(kind, oracle, value, reason, theirs):
    """The cause of a disagreement, by its name in docs/IDENTIFIERS.md; None for an unknown one."""
    if kind == "iban":
        plain = plain_number(value) or ""
        plain = plain.removeprefix("IBAN")
        if theirs is None and reason is None:
            return "inner structure of the account"
        if oracle == "python-stdnum" and reason == "wrong-check-digit":
            return "check digits 00, 01, 99" if plain[2:4] in ("00", "01", "99") else None
        if oracle == "python-stdnum" and theirs is not None and not plain[2:4].isdigit():
            return "check digits that are not digits"
        if oracle == "schwifty" and plain[:2] not in SWIFT:
            return "country that is not in the registry"
    if kind == "phone":
        if (theirs or "").startswith("+4949"):
            return "country code without a plus"
        if reason == "ambiguous-number" and theirs is not None and len(theirs) > len("+49") + 11:
            return "landline number of more than 11 digits"
        if reason == "ambiguous-number" and not re.match(r"\W*[+0]", value) and len(theirs or "") == len("+49") + 11:
            return "foreign mobile number without a plus"
        if reason == "ambiguous-number":
            return "number without a zero in front"
        if theirs is not None and reason == "absent":
            return "one digit only"
        if reason == "wrong-character" or (theirs is not None and "x" in value):
            return "letters, commas and empty extensions"
    return None


# --- kvnr -----------------------------------------------------------------------------------------


def digit_sum_check(text, weights):
    digits = "".join(f"{ord(c) - 64:02}" if c in UPPER else c for c in text)
    total = sum(sum(map(int, str(int(d) * weights[i % len(weights)]))) for i, d in enumerate(digits))
    return str(total % 10)


def valid_kvnr(rng):
    before = rng.choice(UPPER) + digits(rng, 8)
    return before + digit_sum_check(before, [1, 2])


def valid_ik(rng):
    before = rng.choice(["10", "16", digits(rng, 2)]) + digits(rng, 6)
    return before + digit_sum_check(before[2:], [2, 1])


def kvnr_values(rng):
    for _ in range(COUNT):
        number = valid_kvnr(rng)
        form = rng.random()
        if form < 0.2:
            number += valid_ik(rng)
            number += digit_sum_check(number, [1, 2])
        elif form < 0.4:
            number += valid_ik(rng) + valid_kvnr(rng)
            number += digit_sum_check(number, [1, 2])
        yield spoil(rng, number)


def kvnr(value):
    plain = plain_number(value)
    match = plain and re.fullmatch(
        r"([A-Z]\d{8})(\d)(?:(\d{9})(?:([A-Z]\d{8})(\d))?(\d))?", plain, re.ASCII
    )
    if not match:
        return None
    before, digit, _, main_before, main_digit, _ = match.groups()
    if digit_sum_check(before, [1, 2]) != digit:
        return None
    # A test number is already suspect, so its further faults are not reported.
    is_test_number = re.search(r"(\d)\1{3}", before, re.ASCII)
    if main_before and not is_test_number and digit_sum_check(main_before, [1, 2]) != main_digit:
        return None
    return before + digit


def ik_values(rng):
    for _ in range(COUNT):
        yield spoil(rng, valid_ik(rng))


def ik(value):
    plain = plain_number(value)
    if not plain or not re.fullmatch(r"\d{9}", plain, re.ASCII) or not int(plain):
        return None
    return plain if digit_sum_check(plain[2:8], [2, 1]) == plain[8] else None


# --- rvnr, steuer-id, cards -----------------------------------------------------------------------

RVNR_WEIGHTS = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]


def rvnr_values(rng):
    for _ in range(COUNT):
        before = digits(rng, 8) + rng.choice(UPPER) + digits(rng, 2)
        yield spoil(rng, before + digit_sum_check(before, RVNR_WEIGHTS))


def rvnr(value):
    plain = plain_number(value)
    if not plain or not re.fullmatch(r"\d{8}[A-Z]\d{3}", plain, re.ASCII):
        return None
    return plain if digit_sum_check(plain[:11], RVNR_WEIGHTS) == plain[11] else None


def steuer_id_values(rng):
    for _ in range(COUNT):
        pool = rng.sample(DIGITS, 10)
        times = rng.choice([2, 2, 3, 3, 1, 4])
        ten = pool[:1] * times + pool[1 : 11 - times]
        rng.shuffle(ten)
        before = "".join(ten)
        digit = rng.choice([stdnum_idnr.mod_11_10.calc_check_digit(before)] * 3 + [rng.choice(DIGITS)])
        yield spoil(rng, before + digit)


def steuer_id(value):
    plain = plain_number(value)
    try:
        return plain and stdnum_idnr.validate(plain)
    except ValidationError:
        return None


def card_values(prefixes):
    def values(rng):
        for _ in range(COUNT):
            prefix = rng.choice(prefixes)
            number = prefix + digits(rng, 20 - len(prefix))
            yield spoil(rng, rng.choice(["", "", "", "5A0A"]) + number)

    return values


def card(pattern):
    def oracle(value):
        plain = plain_number(value)
        match = plain and re.fullmatch(pattern, plain, re.ASCII)
        return match[1] if match else None

    return oracle


# --- identity-document ----------------------------------------------------------------------------

GERMAN_LETTERS = "CFGHJKLMNPRTVWXYZ"
STATES = ["AUT", "BEL", "CHE", "DNK", "ESP", "FRA", "IND", "NLD", "POL", "PRT", "TUR", "UKR", "XOM"]
# The expected results of the generated zones.
ZONES = {}


def zone_check(text):
    values = [0 if c == "<" else int(c, 36) for c in text]
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def document_values(rng):
    for _ in range(COUNT):
        form = rng.random()
        if form < 0.55:
            state, number = "D", rng.choice(GERMAN_LETTERS) + "".join(
                rng.choice(DIGITS + GERMAN_LETTERS) for _ in range(8)
            )
        elif form < 0.7:
            state, number = "D", rng.choice("123456789") + digits(rng, 8)
        else:
            state = rng.choice(STATES)
            number = "".join(rng.choice(UPPER) for _ in range(rng.randint(0, 2))) + digits(rng, rng.randint(5, 7))
        check = zone_check(number)
        if rng.random() < 0.25:
            yield document_zone(rng, state, number)
            continue
        before = {"D": ["", "", "", "D", "D<<", "DE ", "DEU-", "D "]}.get(state, [state + " ", state + "<", state + "/", state, ""])
        behind = ["", "", check, check + "D", "D", check + "D<<"] if state == "D" else ["", "", "<"]
        yield spoil(rng, rng.choice(before) + number + rng.choice(behind))


def document_zone(rng, state, number):
    field, issuer = number.ljust(9, "<"), state.ljust(3, "<")
    check = rng.choice([zone_check(field)] * 4 + [rng.choice(DIGITS)])
    born, until = digits(rng, 6), digits(rng, 6)
    name = "MUSTER<<" + rng.choice(["EVA", "JAN<UWE"])
    born, until = born + zone_check(born), until + zone_check(until)
    if rng.random() < 0.5:
        lines = ["I" + rng.choice("D<") + issuer + field + check, born + rng.choice("MF<") + until + issuer, name]
        length = 30
    else:
        length = rng.choice([36, 44])
        document_code = "P<" if length == 44 else "ID"
        lines = [document_code + issuer + name, field + check + issuer + born + rng.choice("MF<") + until]
    lines = [line.ljust(length, "<") for line in lines]
    zone = rng.choice(["", " "]).join(lines)
    ZONES[zone] = f"{state}<{number}" if check == zone_check(field) else None
    return zone


def document(value):
    if value in ZONES:
        return ZONES[value]
    plain = plain_number(value)
    if plain is None or not re.fullmatch(r"[A-Z0-9<]+", plain, re.ASCII):
        return None
    german = re.fullmatch(
        rf"(D<*|DEU?<*)?((?:[{GERMAN_LETTERS}][\d{GERMAN_LETTERS}]{{8}})|\d{{9}})(\d)?(D)?<*", plain, re.ASCII
    )
    prefix_state = re.match(r"\s*([A-Za-z]{3})[ \t./-]", unicodedata.normalize("NFKC", value))
    stated = prefix_state[1].upper() if prefix_state and prefix_state[1].upper() in STATES else None
    if german and stated and not german[1]:
        return None
    if german and not stated:
        prefix, number, check, suffix = german.groups()
        if number.isdigit() and not (prefix or check or suffix):
            return None
        return None if check and check != zone_check(number) else f"D<{number}"
    foreign = re.fullmatch(rf"({'|'.join(STATES)})(<*)([A-Z\d]{{5,9}}|[A-Z\d]{{11,20}})<*", plain, re.ASCII)
    if foreign and (stated or foreign[2]) and re.search(r"\d", foreign[3]):
        return f"{foreign[1]}<{foreign[3]}"
    return None


# --- iban -----------------------------------------------------------------------------------------


def iban_values(rng):
    for _ in range(COUNT):
        country = "DE" if rng.random() < 0.3 else rng.choice(IBAN_COUNTRIES)
        structure, length = IBAN_REGISTRY.get(country, ("20!c", 24))
        account = ""
        for count, kind in re.findall(r"(\d+)!?([nace])", structure):
            pool = {"n": DIGITS, "a": UPPER, "c": DIGITS + UPPER, "e": " "}[kind]
            account += "".join(rng.choice(pool) for _ in range(int(count)))
        if rng.random() < 0.05:
            place = rng.randrange(len(account))
            account = account[:place] + rng.choice(DIGITS + UPPER) + account[place + 1 :]
        check = f"{98 - int(as_digits(account + country + '00')) % 97:02}"
        if rng.random() < 0.05:
            check = {"97": "00", "98": "01", "02": "99"}.get(check, check)
        number = country + check + account
        if rng.random() < 0.3:
            number = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
        if rng.random() < 0.1:
            number = "IBAN " + number
        yield spoil(rng, number)


def as_digits(text):
    return "".join(str(int(c, 36)) for c in text)


def iban_plain(value):
    plain = plain_number(value)
    if plain is None:
        return None
    plain = plain.removeprefix("IBAN")
    return plain if plain.isascii() and plain.isalnum() else None


def iban_stdnum(value):
    plain = iban_plain(value)
    try:
        # Without national checks of the account number, which are not part of the IBAN.
        return plain and stdnum_iban.validate(plain, check_country=False)
    except ValidationError:
        return None


def iban_schwifty(value):
    plain = iban_plain(value)
    try:
        return plain and str(schwifty.IBAN(plain))
    except SchwiftyException:
        return None


def iban_own(value):
    plain = iban_plain(value)
    if not plain or not re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]+", plain):
        return None
    if plain[:2] not in SWIFT or len(plain) != SWIFT[plain[:2]] or plain[2:4] in ("00", "01", "99"):
        return None
    return plain if int(as_digits(plain[4:] + plain[:4])) % 97 == 1 else None


# --- email ----------------------------------------------------------------------------------------


def email_values(rng):
    locals_ = ["max.muster", "m", "Anna+Kasse", "j\u00f6rg", "a_b", "x'y", "a..b", ".a", "a.", "1", "O\u0308zil"]
    labels = ["example", "m\u00fcller", "stra\u00dfe", "xn--mller-kva", "a-b", "-a", "a_b", "web", "1", "\u4f8b\u3048", "MU\u0308LLER"]
    tops = ["de", "com", "museum", "d", "1a", "xn--p1ai", "\u0440\u0444", "DE"]
    for _ in range(COUNT):
        local = rng.choice(locals_)
        if rng.random() < 0.3:
            local = "".join(rng.choice(string.ascii_letters + "0123456789._+-!#$%&'*/=?^`{|}~") for _ in range(rng.randint(1, 66)))
        domain = ".".join([rng.choice(labels) for _ in range(rng.choice([1, 1, 1, 2, 2, 0]))] + [rng.choice(tops)])
        address = rng.choice(["@"] * 20 + ["", "@@", " at "]).join([local, domain])
        around = rng.choice(["{}"] * 6 + ["<{}>", '"{}"', "'{}'", " {} ", "mailto:{}", "<MAILTO:{}>"])
        yield around.format(address)


def email(value):
    """The rules of the kind, with `idna` for the domain. The local part may have what RFC 5322 allows without
    quotation marks, with letters of any script, but no signs of another format and no asterisk."""
    value = value.strip()
    if "*" in value:
        return None
    while True:
        inner = value.strip(" \"'`<>")
        if inner.lower().startswith("mailto:"):
            inner = inner[7:].strip()
        if inner == value:
            break
        value = inner
    if value.count("@") != 1:
        return None
    local, domain = value.split("@")
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
    if "|" in local:
        return UNKNOWN  # leakdex may read several addresses.
    if re.search(r"^[=#]|['`]$|%\.?[0-9a-f]\.?[0-9a-f]", local):
        return None
    atom = r"[\w!#$%&'+/=?^`{}~-]+"
    if not re.fullmatch(rf"{atom}(\.{atom})*", local) or len(local.encode()) > 64:
        return None
    try:
        domain = idna.encode(domain, uts46=True, transitional=False, std3_rules=True).decode()
    except idna.IDNAError:
        if not domain.isascii():
            return None
        domain = domain.lower()
        # IDNA 2008 refuses labels that exist in the DNS: a hyphen in third and fourth place.
        if any(label.startswith("xn--") for label in domain.split(".")):
            return None
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if not re.fullmatch(rf"({label}\.)+([a-z]{{2,}}|xn--[a-z0-9-]+)", domain) or len(domain) > 253:
        return None
    return f"{local}@{domain}"


def email_alias(value):
    address = email(value)
    if address in (None, UNKNOWN):
        return address
    local, domain = address.split("@")
    gmail = domain in ("gmail.com", "googlemail.com")
    name = local.partition("+")[0]
    if name and (gmail or not name.endswith(".")) and not name.rstrip(".").endswith(("'", "`")):
        local = name
    return local.replace(".", "") + "@gmail.com" if gmail else f"{local}@{domain}"


def alias_values(rng):
    for value in email_values(rng):
        if rng.random() < 0.3:
            tag = rng.choice(["", "+x", "+a.b", ".+x", "+"])
            value = f"an.na{tag}@{rng.choice(['gmail.com', 'googlemail.com', 'web.de', 'GMAIL.com'])}"
        yield value


# --- phone ----------------------------------------------------------------------------------------


def phone_values(rng):
    formats = [
        phonenumbers.PhoneNumberFormat.E164,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        phonenumbers.PhoneNumberFormat.NATIONAL,
    ]
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    made = 0
    while made < COUNT:
        kind = rng.random()
        if kind < 0.4:
            region = "DE" if rng.random() < 0.6 else rng.choice(regions)
            number = phonenumbers.example_number_for_type(region, rng.randrange(8))
            if number is None:
                continue
            text = list(phonenumbers.format_number(number, rng.choice(formats)))
            for place, character in enumerate(text):
                if place > 5 and character.isdigit() and rng.random() < 0.5:
                    text[place] = rng.choice(DIGITS)
            text = "".join(text) + rng.choice([""] * 8 + [" ext. 5", " x12"])
            if rng.random() < 0.1:
                text = text.replace("+", rng.choice(["00", ""]))
            if rng.random() < 0.15:
                text = rng.choice([text[:-1], text + "4"])
        elif kind < 0.9:
            prefix = rng.choice(["0", "+49", "0049", "+49 (0)", "(0", "", "49 "])
            area = rng.choice(["30", "40", "89", "221", "3341", "171", "1512", "160", "176", "800", "900", "32"])
            text = prefix + area + (")" if prefix == "(0" else "") + rng.choice(["", " ", "/", "-", " / "])
            text += digits(rng, rng.randint(3, 10))
        else:
            text = "".join(rng.choice("0123456789+-/ ().,xab\u00e4\uff10\uff19") for _ in range(rng.randint(1, 25)))
        made += 1
        yield text


def phone(value):
    try:
        number = phonenumbers.parse(value, "DE")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# --- shared ---------------------------------------------------------------------------------------


def digits(rng, count):
    return "".join(rng.choice(DIGITS) for _ in range(count))


def spoil(rng, number):
    """The number unchanged, in another spelling, or with a fault."""
    choice = rng.random()
    place = rng.randrange(len(number))
    if choice < 0.3:
        return number
    if choice < 0.5:
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(number) + 1)
            number = number[:place] + rng.choice(SPACES) + number[place:]
        return number
    if choice < 0.6:
        return number.lower()
    if choice < 0.65:
        return "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in number)
    if choice < 0.75:
        return number[:place] + rng.choice(DIGITS) + number[place + 1 :]
    if choice < 0.85:
        swapped = number[place : place + 2][::-1]
        return number[:place] + swapped + number[place + 2 :]
    if choice < 0.9:
        return number[:place] + rng.choice(UPPER + "\u00e4\u0131\u017f\u00df") + number[place + 1 :]
    if choice < 0.95:
        return number[:place] + number[place + 1 :]
    return number[:place] + rng.choice(DIGITS) + number[place:]


def plain_number(value):
    value = unicodedata.normalize("NFKC", value)
    if re.fullmatch(r"\s*[+-]?\d([.,]\d*)?[eE][+-]?\d+\s*", value, re.ASCII):
        return None
    value = re.sub(r"[\s./-]", "", value)
    return "".join(c.upper() if c in string.ascii_lowercase else c for c in value)


def iban_registry():
    countries = {}
    for country in UPPER_PAIRS:
        info = stdnum_iban._ibandb.info(country)[0][1]
        if "bban" in info:
            length = 4 + sum(int(n) for n in re.findall(r"(\d+)!?[nace]", info["bban"]))
            countries[country] = (info["bban"], length)
    return countries


UPPER_PAIRS = [a + b for a in UPPER for b in UPPER]
IBAN_REGISTRY = iban_registry()
SWIFT = {country: length for country, (_, length) in IBAN_REGISTRY.items()}
# Includes some countries without IBANs in the registry.
IBAN_COUNTRIES = sorted(IBAN_REGISTRY) + ["US", "XX", "MA", "DZ"]

KINDS = {
    "kvnr": (kvnr_values, {"own rules": kvnr}),
    "ik": (ik_values, {"own rules": ik}),
    "rvnr": (rvnr_values, {"own rules": rvnr}),
    "steuer-id": (steuer_id_values, {"python-stdnum": steuer_id}),
    "iccsn": (card_values(["80276", "80276", "80", "8"]), {"own rules": card(r"(?:5A0A)?(80276\d{15})")}),
    "ehic": (card_values(["80276", "80826", "80", "8"]), {"own rules": card(r"(80\d{18})")}),
    "identity-document": (document_values, {"own rules": document}),
    "iban": (
        iban_values,
        {"python-stdnum": iban_stdnum, "schwifty": iban_schwifty, "own rules": iban_own},
    ),
    "email": (email_values, {"own rules with idna": email}),
    "email-alias": (alias_values, {"own rules with idna": email_alias}),
    "phone": (phone_values, {"phonenumbers": phone}),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
