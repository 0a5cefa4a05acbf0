"""The search itself: what it would miss would seem to be no leak."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
from collections.abc import Callable

import pytest

from tests.secrets.planting import Garden, Planted
from tests.secrets.scan import find

WAYS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "a part": lambda raw: raw[5:14],
    "backwards": lambda raw: raw[::-1],
    "hex": lambda raw: raw.hex().encode(),
    "UTF-16": lambda raw: raw.decode().encode("utf-16"),
    "percent": lambda raw: "".join(f"%{byte:02X}" for byte in raw).encode(),
    "quoted": lambda raw: urllib.parse.quote(raw).encode(),
    "base64": base64.b64encode,
    "base64, one off": lambda raw: base64.b64encode(b"x" + raw),
    "base64, two off": lambda raw: base64.b64encode(b"xy" + raw),
    "base64 for URLs": lambda raw: base64.urlsafe_b64encode(b"user:" + raw),
    "JSON": lambda raw: json.dumps(raw.decode()).encode(),
    "list of bytes": lambda raw: str(list(raw)).encode(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("alphabet", ["abcdefghijklmnop0123456789", "äöüßéñçøåžşćłđő", "+/?&=%#@:;,.~*()[]{}"])
def test_a_secret_is_found(way: str, alphabet: str) -> None:
    garden = Garden()
    secret = garden("x", alphabet=alphabet, length=24)
    data = b"\0" * 100 + b"before " + WAYS[way](secret.encode()) + b" after"
    if way == "a part":
        data = secret[:9].encode()
    assert find(garden.planted, data) == set(garden.planted)


def test_nothing_is_found_where_nothing_is() -> None:
    garden = Garden()
    for number in range(200):
        garden(str(number))
    assert not find(garden.planted, json.dumps(list(range(50_000))).encode() + bytes(range(256)) * 100)
    assert not find([Planted("x", "a" * 24)], b"\0" * 1000), "runs of one byte are of no one's"


def test_only_the_one_that_is_there_is_found() -> None:
    garden = Garden()
    secrets = [garden(str(number)) for number in range(50)]
    assert find(garden.planted, b"x" + secrets[7].encode()) == {garden.planted[7]}
    assert not find(garden.planted, gzip.compress(secrets[7].encode() * 2)), "compressed data must be opened first"
