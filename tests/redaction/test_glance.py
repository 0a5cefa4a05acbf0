"""One look at a command line never overlooks what a walk would find."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_audit.redaction.arguments import mask_arguments
from otel_audit.redaction.command_line import walk_options
from otel_audit.redaction.glance import announces, plain
from otel_audit.redaction.program_rows import ROWS
from tests.redaction.said import FRAGMENTS, default

NAMES = [name for row in ROWS for name in row.names.split()]
OPTIONS = [option.rpartition(":")[2] for row in ROWS for option in f"{row.secret} {row.glued} {row.pair}".split()]
VERBS = [
    verb for row in ROWS for verb in (*row.when.split(), *(after.rpartition(":")[0] for after in row.after.split()))
]
WORDS = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(["/usr/bin/curl", "C:\\bin\\PLINK.EXE", "mysql8.0", "set", "sudo", "&&", "|", "(", "read"]),
    st.sampled_from(OPTIONS),
    st.sampled_from([verb for verb in VERBS if verb]),
    st.sampled_from(["--password", "--dbPassword=", "-Password", "/password", "--author=x", "DB_PASSWORD", "-sSu"]),
    st.sampled_from(["bob:Zq7", "Zq7", "-Zq7", "bob/Zq7@h", "'Zq7 x'", "a=Zq7", "/srv/a"]),
    FRAGMENTS,
)


@given(st.lists(WORDS, max_size=6).map(" ".join))
@example("CURL.EXE -u bob:Zq7")
def test_what_announces_nothing_holds_nothing(text: str) -> None:
    assert announces(text) or walk_options(text, default.mark) == text


@given(st.lists(WORDS, max_size=5))
def test_plain_arguments_hold_nothing(items: list[str]) -> None:
    assert not plain(items) or mask_arguments(items, default.text, default.mark) == items


@pytest.mark.parametrize(
    "text",
    [
        "git commit -m 'fix the thing' --author='Bob <bob@example.com>' && git push origin main",
        "docker run --rm -p 8080:80 -v /srv/a:/b nginx:1.2",
        "/usr/bin/python3 -m gunicorn --workers 4 --bind 0.0.0.0:8000 shop.wsgi:application",
        "unzip -o a.zip",
        "cat /etc/hosts | grep bob",
    ],
)
def test_most_command_lines_take_one_look(text: str) -> None:
    assert not announces(text)


@pytest.mark.parametrize("items", [["read", "write"], ["READONLY", "HIDDEN"], ["/bin/ls", "/srv/a"], []])
def test_lists_of_words_take_one_look(items: list[str]) -> None:
    assert plain(items)
