"""Keys: their sources, and the places where they must never appear."""

from __future__ import annotations

import copy
import pickle
import stat
from pathlib import Path

import leakdex
import pytest


def test_a_key_is_saved_for_its_owner_only_and_comes_back(tmp_path: Path) -> None:
    key = leakdex.Key.generate()
    path = tmp_path / "breach.key"
    key.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert leakdex.Key.load(path).id == leakdex.Key.load(str(path)).id == key.id
    assert leakdex.Key.from_bytes(path.read_bytes()).id == key.id
    assert leakdex.Key.from_bytes(path.read_text()).id == key.id
    with pytest.raises(leakdex.KeyFault, match="never overwritten"):
        key.save(path)


def test_a_key_that_others_can_read_is_refused_unless_it_is_a_mounted_secret(tmp_path: Path) -> None:
    path = tmp_path / "breach.key"
    leakdex.Key.generate().save(path)
    path.chmod(0o444)
    with pytest.raises(leakdex.KeyFault, match="chmod 600"):
        leakdex.Key.load(path)
    assert leakdex.Key.load(path, mounted_secret=True).id


@pytest.mark.parametrize("length", [0, 1, 16, 31, 33, 64])
def test_bytes_of_another_length_are_not_a_key(length: int) -> None:
    with pytest.raises(leakdex.KeyFault, match="not a key"):
        leakdex.Key.from_bytes(bytes(range(1, length + 1)))


def test_a_text_that_is_not_unicode_is_refused_without_the_text() -> None:
    with pytest.raises(leakdex.KeyFault, match="surrogate") as raised:
        leakdex.Key.from_bytes("geheim\udc80")
    assert raised.value.__cause__ is None and raised.value.__context__ is None
    assert "geheim" not in str(raised.value)


def test_zeros_passphrases_and_other_types_are_not_keys() -> None:
    with pytest.raises(leakdex.KeyFault, match="zero"):
        leakdex.Key.from_bytes(bytes(32))
    with pytest.raises(leakdex.KeyFault):
        leakdex.Key.from_bytes("a passphrase of some length 1234")
    with pytest.raises(leakdex.InputTypeError, match="bytes"):
        leakdex.Key.from_bytes(bytearray(32))  # type: ignore[arg-type]


def test_a_missing_key_file_reports_the_system_error(tmp_path: Path) -> None:
    with pytest.raises(OSError) as raised:
        leakdex.Key.load(tmp_path / "none.key")
    assert isinstance(raised.value, leakdex.IoError)
    assert raised.value.errno == 2
    assert Path(raised.value.filename).name == "none.key"


def test_neither_text_nor_pickle_shows_the_key() -> None:
    secret = bytes(range(100, 132))
    key = leakdex.Key.from_bytes(secret)
    assert repr(key) == str(key) == f"Key(id='{key.id}')"
    assert secret.hex() not in repr(key)
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            take(key)
    assert not hasattr(key, "__dict__")
