"""The program that a soak runs."""

from __future__ import annotations

import sys
from unittest.mock import Mock

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")


def test_the_descriptors_of_children_stay_until_they_are_counted() -> None:
    from tools.soak.load import Load

    load = Mock(_quiet=True)
    Load._between(load)
    load.children.collect.assert_not_called()
    load._quiet, load.gate.over = False, True
    Load._between(load)
    load.children.collect.assert_called_once_with()
