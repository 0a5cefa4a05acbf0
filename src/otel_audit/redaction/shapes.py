"""Secrets of well-known shapes, announced by no key."""

from __future__ import annotations

import re

from otel_audit.redaction.masking import CUT, Edit, marker, splice

_SHAPE_HINTS = ("AKIA", "ASIA", "ghp_", "gho_", "ghs_", "ghu_", "ghr_", "github_pat_", "xox", "sk-", "k_", "glpat-",
                "AIza", "eyJ", "PRIVATE KEY", "earer", "EARER", "npm_", "pypi-", "hf_")  # fmt: skip
_SHAPES = re.compile(
    r"""(?P<private_key>-----BEGIN\ [A-Z0-9 ]{0,40}PRIVATE\ KEY
        (?:.*?-----END\ [A-Z0-9 ]{0,40}PRIVATE\ KEY(?:-----)?|.*))
    |(?<![A-Za-z0-9])(?:
        (?:AKIA|ASIA)(?:[A-Z0-9]{12,}[A-Za-z0-9_-]*|[A-Z0-9]*(?=…))
        |(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|hf_|[sr]k_(?:live|test)_|xox[a-z]-)
            (?:[A-Za-z0-9_-]{10,}|[A-Za-z0-9_-]*(?=…))
        |AIza(?:[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]*(?=…))
        |eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_.-]*
        |eyJ[A-Za-z0-9_-]*(?=…)
        |[Bb](?:earer|EARER)[ ]{1,3}(?P<bearer>[^\s"',;]+)
        |(?<![A-Za-z0-9_-])(?P<sk>sk-[A-Za-z0-9_-]{8,}…?|sk-[A-Za-z0-9_-]*…)
    )…?""",
    re.VERBOSE | re.DOTALL,
)
_RANDOM = re.compile(r"[A-Za-z0-9]{16}")


def mask_shapes(text: str) -> str:
    """Tokens one knows by sight, wherever they stand."""
    if not any(hint in text for hint in _SHAPE_HINTS):
        return text

    def edit(match: re.Match[str]) -> Edit | None:
        if match["private_key"]:
            return match.start(), match.end(), marker("private_key")
        if match["bearer"]:
            return match.start("bearer"), match.end(), marker("token")
        if (sk := match["sk"]) and not (sk.endswith(CUT) or _RANDOM.search(sk)):
            return None  # a directory called sk-learn-examples
        return match.start(), match.end(), marker("token")

    return splice(text, _SHAPES, edit)
