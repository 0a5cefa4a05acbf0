"""Four shapes that hang a bridge whose hook calls the SDK. A hang ends the test by its time limit."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import attributes

from tests.conftest import run


def played(case: str, core: str) -> Any:
    return run("capture/programs/shapes.py", case, core, timeout=30).result


def test_a_finalizer_that_raises_an_event_under_the_span_list_lock(core: str) -> None:
    assert played("finalizer", core) == [True, True, 4]  # the limit, all of them the application's


def test_logging_to_a_file_under_the_span_lock(core: str) -> None:
    flushed, recorded, _ = played("file", core)
    assert flushed
    assert recorded


def test_a_warning_about_attributes_that_is_logged_to_a_file(core: str) -> None:
    flushed, recorded, events = played("overflow", core)
    assert flushed
    assert recorded
    assert events > 0


@pytest.mark.skipif(not hasattr(attributes, "_is_non_custom_str"), reason="this SDK asks no value for its text")
def test_a_users_text_method_that_raises_events_under_the_span_lock(core: str) -> None:
    flushed, recorded, events = played("text", core)
    assert flushed
    assert recorded
    assert events == 4
