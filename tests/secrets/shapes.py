"""Tokens one knows by sight."""

from __future__ import annotations

from typing import NamedTuple

_B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_HEX = "0123456789abcdef"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Shape(NamedTuple):
    """A token one knows by sight.

    Args:
        before: what it begins with.
        alphabet: of the rest.
        length: of the rest.
        after: what it ends with.
    """

    before: str
    alphabet: str
    length: int
    after: str = ""


SHAPES = (
    Shape("AKIA", _UPPER, 16),
    Shape("ASIA", _UPPER, 16),
    *(Shape(f"gh{kind}_", _B64, 36) for kind in "pousr"),
    Shape("github_pat_", _B64, 82),
    Shape("glpat-", _B64, 20),
    Shape("glrt-", _B64, 20),
    Shape("gldt-", _B64, 20),
    Shape("xoxb-", _B64, 40),
    Shape("xoxp-", _B64, 40),
    Shape("xapp-1-A", _UPPER, 60),
    Shape("https://hooks.slack.com/services/T00000000/B00000000/", _B64, 24),
    Shape("sk_live_", _B64, 24),
    Shape("rk_live_", _B64, 24),
    Shape("sk_test_", _B64, 24),
    Shape("whsec_", _B64, 32),
    Shape("SG.", _B64, 22, ".x"),
    Shape("npm_", _B64, 36),
    Shape("pypi-AgEIcHlwaS5vcmc", _B64, 80),
    Shape("rubygems_", _HEX, 48),
    Shape("dckr_pat_", _B64, 27),
    Shape("hf_", _B64, 34),
    Shape("sk-", _B64, 48),
    Shape("sk-proj-", _B64, 74),
    Shape("sk-ant-api03-", _B64, 93, "AA"),
    Shape("AIza", _B64, 35),
    Shape("ya29.", _B64, 60),
    Shape("GOCSPX-", _B64, 28),
    Shape("dop_v1_", _HEX, 64),
    Shape("dapi", _HEX, 32),
    Shape("shpat_", _HEX, 32),
    Shape("https://api.telegram.org/bot123456789:AA", _B64, 33, "/sendMessage"),
    Shape("https://discord.com/api/webhooks/123456789012345678/", _B64, 68),
    Shape("lin_api_", _B64, 40),
    Shape("PMAK-", _HEX, 24, "-0123456789abcdef0123456789abcdef01"),
    Shape("NRAK-", _UPPER, 27),
    Shape("glsa_", _B64, 32, "_0a1b2c3d"),
    Shape("sntrys_", _B64, 60),
    Shape("hvs.", _B64, 90),
    Shape("dp.pt.", _B64, 43),
    Shape("AGE-SECRET-KEY-1", _UPPER, 58),
    Shape("ATATT3xFfGF0", _B64, 60),
    Shape("tskey-auth-", _B64, 32),
    Shape("gsk_", _B64, 52),
    Shape("eyJhbGciOiJIUzI1NiJ9.eyJ", _B64, 40, ".c2ln"),
    Shape("Bearer ", _B64, 24),
    Shape("-----BEGIN PRIVATE KEY-----\n", _B64, 64, "\n-----END PRIVATE KEY-----"),
    Shape("-----BEGIN RSA PRIVATE KEY-----\n", _B64, 64, "\n-----END RSA PRIVATE KEY-----\n"),
    Shape("-----BEGIN OPENSSH PRIVATE KEY-----\\n", _B64, 64, "\\n-----END OPENSSH PRIVATE KEY-----\\n"),
    Shape("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n", _B64, 64, "\n-----END PGP PRIVATE KEY BLOCK-----"),
)
"""Tokens of well-known services. Sources: GitHub's secret scanning patterns and the services' own documentation."""
