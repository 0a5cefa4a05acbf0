"""What the tests of redaction say, and the redactors they say it to."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from otel_audit.redaction import Level, Redactor

default = Redactor()
strict = Redactor("strict")
keyed = Redactor(key=b"sixteen bytes and more")
LEVELS: list[Level] = ["default", "strict"]


def argv(*items: str, redactor: Redactor = default) -> list[str]:
    """Arguments of a program as a sink sees them."""
    found = redactor({"process.command_args": list(items)}, custom=False)["process.command_args"]
    assert isinstance(found, list)
    return [str(item) for item in found]


LETTERS = string.ascii_letters + string.digits
# At least one character that no template holds, so that "is it in the output" asks about the secret only.
MARK = "Zq7"
SAFE = st.text(LETTERS + "_-.~!*", min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")
WILD = st.text(LETTERS + "_-.~!*,:/?#&;%()[]$^+=|@", min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")
LINE = st.text(LETTERS + " _-.~!*,:/?#&;%()[]$^+=|@<>", min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")
ANY = st.text(min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")
LONG = st.text(LETTERS, min_size=40, max_size=60).map(lambda text: text + MARK)

_TROUBLE = (
    'password= token: ;PWD= :// @ : / ? & = ; \' " \\" \\ { } [redacted:token] [redacted:password] … '
    "[hashed:123456789012] Authorization: Cookie: Bearer curl mysql -p -u --password --token= sk- a@b.ch "
    "ghp_abcdefghijkl AKIAABCDEFGHIJKLMNOP eyJabcdef. +41791234567 2024-01-31 10.0.0.1 0791234567"
)
FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from(_TROUBLE.split()),
        st.sampled_from(["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"]),
        st.sampled_from([" ", "\n"]),
        st.text(max_size=4),
    ),
    max_size=12,
).map("".join)
