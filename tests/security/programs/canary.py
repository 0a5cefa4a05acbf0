"""Says so when it is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

os.environ["CANARY_RAN"] = "yes"


def loaded(logger: Any, method: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """A processor that does nothing."""
    return fields
