"""Events of the application's own: arguments, names, messages, threads, baggage."""

from __future__ import annotations

import sys
import threading
from pathlib import PurePosixPath

from opentelemetry import baggage, context, trace

from tests.secrets import forms
from tests.secrets.planting import LETTERS, Garden
from tests.secrets.shapes import SHAPES

tracer = trace.get_tracer("planted")


def run(plant: Garden) -> None:
    for form in (*forms.URLS, *forms.DSNS, *forms.HEADERS, *forms.PAIRS, *forms.PROTOCOLS):
        sys.audit("shop.said", plant.said(form))
        sys.audit("shop.said.bytes", 1, plant.said(form, hidden=True).encode())
    shapes(plant)
    threads(plant)
    requests(plant)
    outside(plant)


def outside(plant: Garden) -> None:
    """What is also done outside of any span."""
    names(plant)
    values(plant)


def shapes(plant: Garden) -> None:
    for shape in SHAPES:
        for frame in ("{}", "got {} from the vault"):
            secret = plant(f"{shape.before!r} in {frame}", alphabet=shape.alphabet, length=shape.length)
            sys.audit("shop.token.seen", frame.format(shape.before + secret + shape.after))


def names(plant: Garden) -> None:
    """Some names are sentences, and some are made at run time."""
    sys.audit(f"User logged in: username=bob, password={plant('a message')}")
    sys.audit(f"connected to postgresql://bob:{plant('a message, URL')}@db/shop after 3 ms")
    sys.audit(f"sent Authorization: Bearer {plant('a message, header')}")
    sys.audit(f"{'very ' * 250}long message: token={plant('a long message', length=64)}")
    sys.audit(f"shop.login?password={plant('a name, query')}")
    sys.audit(f"shop/bob:x@{LETTERS}/token={plant('a name, pair')}")
    sys.audit(f"ghp_{plant('a name, token', length=36)}")
    sys.audit(f"{'x' * 140}.password={plant('a long name')}")


def values(plant: Garden) -> None:
    """What only its size or type is told of; and text."""
    hidden = plant.hidden
    sys.audit(
        "shop.values", {"password": hidden("a dict")}, [hidden("a list")], (hidden("a tuple"),), {hidden("a set")}
    )
    sys.audit(
        "shop.values", hidden("bytearray").encode().join([bytearray()] * 2), memoryview(hidden("memory").encode())
    )
    sys.audit("shop.values", Hostile(hidden("repr")), HostileText(f"password={plant('a subclass of str')}"))
    sys.audit("shop.paths", PurePosixPath(f"/x?token={plant('a pathlib path')}"))
    sys.audit("shop.many", *[f"password={plant(f'argument {number}')}" for number in range(12)])
    sys.audit("shop.surrogates", f"\ud800\udfff password={plant('beside surrogates')}\udc80")
    sys.audit("shop.zero", f"password={plant('beside a zero')}\0x", f"a\0password={plant('behind a zero')}")
    sys.audit("shop.lines", f"a\nb\r\npassword: {plant('on a line')}\n\u2028token={plant('behind U+2028')}")


class Hostile:
    """Shows a secret to whoever asks."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __repr__(self) -> str:
        return self.secret

    __str__ = __repr__

    def __fspath__(self) -> str:
        return self.secret


class HostileText(str):
    def __str__(self) -> str:
        return "harmless"


def threads(plant: Garden) -> None:
    for name in (f"worker password={plant('a thread, pair')}", f"https://bob:{plant('a thread, URL')}@h/"):
        thread = threading.Thread(target=sys.audit, args=("shop.thread",), name=name)
        thread.start()
        thread.join()


def requests(plant: Garden) -> None:
    """Who did it: the route and the baggage that were chosen."""
    found = context.Context()  # these spans are roots: the summary names traces by them
    for key, value in (
        ("user.id", f"bob password={plant('baggage, pair')}"),
        ("session.id", f"ghp_{plant('baggage, token', length=36)}"),
        ("tenant", f"https://bob:{plant('baggage, URL')}@h/"),
        ("not.chosen", plant.hidden("baggage that was not chosen")),
    ):
        found = baggage.set_baggage(key, value, found)
    own = ("traces",)
    attributes = {"http.route": f"/x?token={plant('route', own=own)}", "note": plant("attribute", hidden=True, own=own)}
    with tracer.start_as_current_span(f"GET /?pwd={plant('span name', own=own)}", found, attributes=attributes):
        sys.audit("shop.request")
    with tracer.start_as_current_span(f"GET /?token={plant('server', own=own)}", found, kind=trace.SpanKind.SERVER):
        sys.audit("shop.request")
