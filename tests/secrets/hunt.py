"""Look for leaks by hand, as long as one likes: `python -m tests.secrets.hunt 200000 [name]`.

Each form is run on its own, so that one leak does not hide the next.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_audit.redaction import Redactor
from tests.secrets import forms, grammar
from tests.secrets.commands import COMMANDS, SHELL
from tests.secrets.grammar import Said
from tests.secrets.leaks import check


def strategies() -> Iterator[tuple[str, st.SearchStrategy[Said]]]:
    """By name; texts form by form."""
    for name in ("URLS", "DSNS", "HEADERS", "PAIRS", "PROTOCOLS"):
        for form in getattr(forms, name):
            yield f"{name} {form.template!r} {form.write.__name__}", grammar.texts((form,))
    for form in SHELL:
        yield f"SHELL {form.template!r}", grammar.texts((form,))
    every = (*forms.URLS, *forms.DSNS, *forms.HEADERS, *forms.PAIRS, *SHELL)
    for form in every:
        yield f"ITEM {form.template!r} {form.write.__name__}", grammar.texts_as_arguments((form,))
    yield "tokens", grammar.tokens()
    for words in COMMANDS:
        yield f"ARGUMENTS {shlex.join(words)}", grammar.arguments((words,))
        yield f"LINES {shlex.join(words)}", grammar.command_lines((words,))


def hunt(name: str, strategy: st.SearchStrategy[Said], examples: int) -> bool:
    """Whether a leak was found; the smallest is printed."""
    redactors = (Redactor(), Redactor("default", b"k" * 32))

    quick = settings(max_examples=examples, deadline=None, database=None, report_multiple_bugs=False)

    @settings(quick, suppress_health_check=grammar.SLOW_IS_FINE)
    @given(st.one_of(strategy, grammar.cut(strategy)), st.booleans(), st.sampled_from(redactors))
    def run(said: Said, custom: bool, redactor: Redactor) -> None:
        check(redactor, said, custom)

    try:
        run()
    except AssertionError as error:
        print(f"LEAK {name}\n     {error}")
        return True
    return False


def main() -> int:
    examples, only = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    every = [(name, strategy) for name, strategy in strategies() if only in name]
    each = max(50, examples // len(every))
    found = sum(hunt(name, strategy, each) for name, strategy in every)
    print(f"{found} of {len(every)} strategies leak; {each} examples each")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
