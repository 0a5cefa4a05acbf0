"""The table of token shapes: what issuers put before what is random.

The prefixes were checked against the issuers' documentation and against the rules of detect-secrets, whose patterns
also serve as the tests' oracle.
"""

from __future__ import annotations

import re
from itertools import groupby

from otel_audit.lazy import lazy


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PREFIXES = _words(
    """
    ghp_ gho_ ghu_ ghs_ ghr_ github_pat_
    glpat- gldt- glrt- glptt- glcbt- glagent- glimt- glft- glsoat- gloas- glffct- glrtr-
    sk_live_ sk_test_ rk_live_ rk_test_ whsec_ sq0atp- sq0csp- shippo_live_ shippo_test_ duffel_live_ duffel_test_
    FLWSECK- FLWSECK_TEST-
    npm_ pypi- rubygems_ dckr_pat_ dckr_oat_ hf_ CLOJARS_
    dop_v1_ doo_v1_ dor_v1_ sbp_ sb_secret_ pscale_tkn_ pscale_pw_ pscale_oauth_ nfp_ fo1_ fm1_ HRKU- tskey- GOCSPX-
    shpat_ shpss_ shpca_ shppa_ lin_api_ lin_oauth_ ntn_ figd_ PMAK- NRAK- NRAA- NRII- NRBR- glsa_ sntryu_ bkua_ CCIPAT_
    gsk_ r8_ xai- pplx- lsv2_pt_ lsv2_sk_ pnu_ rdme_ tfp_ CFPAT- aio_ fio-u- xkeysib- AGE-SECRET-KEY-1 xapp-
    """
)
"""Before sixteen and more of `A-Za-z0-9_-`."""

WIDE_PREFIXES = _words("ya29. hvs. hvb. hvr. SG. dp.pt. dp.st. dp.ct. fm2_ glc_ sntrys_ ops_ ATATT3 ATCTT3 v1.0-")
"""Before twenty and more of `A-Za-z0-9_-` and of what base64 and dotted parts add."""

_UPPER = r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])(?:[A-Z0-9]{12,}[A-Za-z0-9_-]*|[A-Z0-9]*(?=…))"


def _alternatives(prefixes: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, prefixes))


SHAPES = lazy(
    rf"""(?<![A-Za-z0-9])(?:
        {_UPPER}
        |(?:xoxe\.)?(?i:xox[a-z])-(?:[A-Za-z0-9_-]{{10,}}|[A-Za-z0-9_-]*(?=…))
        |(?:{_alternatives(PREFIXES)})(?:[A-Za-z0-9_-]{{16,}}|[A-Za-z0-9_-]*(?=…))
        |(?:{_alternatives(WIDE_PREFIXES)})(?:[A-Za-z0-9_.~+/=-]{{20,}}|[A-Za-z0-9_.~+/=-]*(?=…))
        |AIza(?:[A-Za-z0-9_-]{{16,}}|[A-Za-z0-9_-]*(?=…))
        |(?:sk\.)?eyJ[A-Za-z0-9_=-]{{5,}}\.[A-Za-z0-9_.+/=-]*
        |eyJ[A-Za-z0-9_-]*(?=…)
        |GR1348941[A-Za-z0-9_-]{{20,}}
        |(?:key-|dapi|(?<![A-Za-z0-9_-])pul-|SK|AC)[0-9a-f]{{32,40}}(?![A-Za-z0-9])
        |(?:SK|AC)[0-9a-z]{{32}}(?![A-Za-z0-9])
        |(?:key-|dapi|pul-|SK|AC)[0-9a-f]+(?=…)
        |[0-9a-z]{{32}}-us\d{{1,2}}(?!\w)
        |secret_[A-Za-z0-9]{{43}}
        |ico-[A-Za-z0-9]{{32}}(?![A-Za-z0-9])
        |(?:LTAI|AKC|AQVN|EZ[AT]K|ATBB|EAA[AC])[A-Za-z0-9_-]{{10,}}
        |(?<![\w./-])AP[0-9A-F][A-Za-z0-9]{{8,}}(?![\w./-])
        |(?:cio|oy2)[A-Za-z0-9]{{32,}}
        |1//0[A-Za-z0-9_-]{{20,}}
        |[A-Za-z0-9]{{14}}\.atlasv1\.[A-Za-z0-9_=-]{{20,}}
        |[MNO][A-Za-z0-9_-]{{23,27}}\.[A-Za-z0-9_-]{{6}}\.[A-Za-z0-9_-]{{27,38}}
        |[A-Za-z0-9_~.-]{{3}}8Q~[A-Za-z0-9_~.-]{{30,36}}
        |[A-Za-z0-9+/]{{86}}==
        |(?i:bearer)[ \t]{{1,3}}(?P<bearer>[^\s"',;]+)
        |(?i:basic)[ \t]{{1,3}}(?P<basic>[A-Za-z0-9+/]{{8,}}={{0,2}}…?)
        |(?i:digest)[ \t]{{1,3}}(?P<digest>\w+=[^\r\n']*)
        |(?<![A-Za-z0-9_-])(?P<sk>sk-[A-Za-z0-9_-]{{8,}}…?|sk-[A-Za-z0-9_-]*…)
    )…?
    |(?<!\d)(?<!\d\.)(?:(?<=bot)|(?<![A-Za-z0-9]))\d{{8,10}}:[A-Za-z0-9_-]{{35}}(?![A-Za-z0-9_-])
    |(?i:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/
        |api\.telegram\.org/(?:file/)?bot|hooks\.zapier\.com/hooks/catch/|webhook\.office\.com/webhookb2/
        |outlook\.office\.com/webhook/|api\.softlayer\.com/soap/v3(?:.1)?/|(?:larksuite|feishu)\.c\w+/open-apis/bot/v2/hook/)
        (?P<hook>[^\s?\#"'<>/]+(?:/(?!send|get|set)[^\s?\#"'<>/]+)*)""",
    re.VERBOSE,
)
"""What may be masked; `lastgroup` names the part, else it is the whole match."""

_BODY = "(?=[A-Za-z0-9_-]{16})"


def _behind(prefixes: tuple[str, ...]) -> str:
    """The prefixes as look-behinds, told apart by their last two characters first."""
    ordered = sorted(prefixes, key=lambda prefix: prefix[-2:])
    groups = ((end, list(members)) for end, members in groupby(ordered, key=lambda prefix: prefix[-2:]))
    each = (
        f"(?<={re.escape(end)})(?:{'|'.join(f'(?<={re.escape(prefix)})' for prefix in members)})"
        for end, members in groups
    )
    return f"(?:{'|'.join(each)})"


def _ending(last: str) -> tuple[str, ...]:
    return tuple(prefix for prefix in PREFIXES + WIDE_PREFIXES if prefix.endswith(last))


LEAD_PARTS = (
    f"_{_BODY}{_behind((*_ending('_'), 'secret_'))}",
    f"-(?:{_BODY}{_behind((*_ending('-'), 'sk-', 'key-', 'pul-', 'ico-'))}"
    r"|(?=[A-Za-z0-9_-]{10})(?<=[xX][oO][xX][a-zA-Z]-)"
    r"|us\d{1,2}(?!\w)|SECRET-KEY-1)",
    r"v(?:[sbr]\.|1\.)",
    r"G\.|GR1348941",
    r"9\.(?<=ya29\.)",
    r"A(?:KIA|SIA|BIA|CCA|3T|Iza|KC|P[0-9A-F][A-Za-z0-9]{8}|TATT3|TCTT3|TBB|QVN|C[0-9a-z]{32})",
    r"E(?:Z[AT]K|AA[AC])",
    r"L(?:TAI)",
    r"S(?:K[0-9a-z]{32})",
    r"J(?<=eyJ)",
    *(rf"{letter}[A-Za-z0-9_-]{{23,27}}\." for letter in "MNO"),
    r"~(?<=8Q~)",
    *(rf"{quote}(?=[A-Za-z0-9/+]{{40}}[\"'])" for quote in "\"'"),
)
"""How a shape begins, or where it can be told. Each part opens with one literal, and a rare one: the engine skips what
holds none of them at the speed of a table look-up."""

FREQUENT_LENGTH = 32
"""Shapes that open with frequent letters are looked for apart, in texts long enough to hold one."""

_SCHEMES = r" (?<=(?:earer|EARER) )| (?<=(?:asic|ASIC|gest|GEST) )|\t"
_LEAD = lazy("|".join((*LEAD_PARTS, r":(?<=\d{8}:)", "==", "…", _SCHEMES)))
_HOOK_HINTS = ("hook", "telegram", "softlayer", "open-apis")


def may_hold_token(text: str) -> bool:
    """Whether a shape may be in the text: False is certain."""
    if _LEAD.search(text) is not None or frequent(text):
        return True
    lowered = text.lower()
    return "://" in text and any(hint in lowered for hint in _HOOK_HINTS)


def frequent(text: str) -> bool:
    """Whether one of the shapes that open with frequent letters may be in the text."""
    return len(text) >= FREQUENT_LENGTH and (
        "dapi" in text or "1//0" in text or "dp." in text or "cio" in text or "oy2" in text
    )
