"""detect-secrets as the oracle: nothing that its patterns generate comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.redaction.said import argv, default, keyed

NO_SECRETS = {"Public IP (ipv4)", "Private Key"}
"""An address; and the words around a key, which `test_private_keys` fills."""
ISSUED = re.compile(r"(?!eyJ.{0,9}\.)(?![0-9a-f]{40}\Z)[\w.+/=~:-]{16,}")
"""What issuers give out: some patterns are wider, or end anywhere, or take a git hash."""
ANY_DOT = re.compile(r"api.softlayer.com", re.IGNORECASE)
"""As the pattern has it."""
VISIBLE = st.characters(codec="ascii", exclude_categories=["Cc", "Zs"])


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every pattern of every detector that has a list of them."""
    detectors: Mapping[str, Any] = get_mapping_from_secret_type_to_class()
    return [
        (f"{name} {number}", pattern)
        for name, detector in detectors.items()
        if name not in NO_SECRETS
        for number, pattern in enumerate(getattr(detector, "denylist", None) or ())
    ]


def secret_in(match: re.Match[str]) -> str:
    """The group that the pattern takes out, else all of it; of a URL, what is random."""
    found = next((group for group in match.groups() if group and len(group) > 8), match.group())
    return found.rpartition("/")[2] if found.lower().startswith("http") else found


@pytest.mark.parametrize(("name", "pattern"), patterns(), ids=[name for name, _ in patterns()])
def test_nothing_of_a_secret_that_a_detector_knows_comes_out(name: str, pattern: re.Pattern[str]) -> None:
    @settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(st.from_regex(pattern, alphabet=VISIBLE), st.sampled_from(["{}", "x {} y", '"{}"']))
    def check(text: str, frame: str) -> None:
        match = pattern.search(text)
        assume(match is not None)
        assert match is not None
        text, secret = ANY_DOT.sub("api.softlayer.com", match.group()), secret_in(match)
        assume(text.count(secret[-10:]) == 1 and (name.startswith("Basic") or ISSUED.fullmatch(secret)))
        assume("::" not in text)  # C++ and Rust names
        for found in (default.text(frame.format(text)), keyed.text(frame.format(text)), argv("x", text)[1]):
            assert secret not in found
            assert secret[-10:] not in found

    check()


KEY_BODY = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n", min_size=20)


@given(st.sampled_from(["DSA", "EC", "OPENSSH", "RSA", "SSH2 ENCRYPTED", "ENCRYPTED", ""]), KEY_BODY, st.booleans())
def test_private_keys(kind: str, body: str, ended: bool) -> None:
    kind = f"{kind} PRIVATE KEY".strip()
    body = f"Zq7{body}Zq7"
    text = f"-----BEGIN {kind}-----\n{body}\n" + (f"-----END {kind}----- rest" if ended else "")
    found = default.text(f"key is {text}")
    assert found == "key is [redacted:private_key]" + (" rest" if ended else "")


@given(KEY_BODY)
def test_private_keys_of_pgp_and_putty(body: str) -> None:
    body = f"Zq7{body}Zq7"
    pgp = f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{body}\n-----END PGP PRIVATE KEY BLOCK-----"
    assert default.text(pgp) == "[redacted:private_key]"
    assert "Zq7" not in default.text(f"PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 8\n{body}")
