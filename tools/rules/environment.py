"""Where a service runs: of all series `target_info` alone knows the environment, and an alert is routed by it."""

from __future__ import annotations

ENVIRONMENT = "deployment_environment_name"
RECENTLY = "10m"
"""How long `target_info` may be away before its instance is taken for one without: a restart takes less."""


def placed(expr: str, of: str, by: str = "job, instance", window: str = RECENTLY) -> str:
    """The series of `expr`, with the environment of each where exactly one is known; otherwise as they are.

    Two environments under one identity (a service without `service.instance.id`, on a laptop and in production) give
    none: an alert without the label is routed as one from production is.

    Args:
        expr: PromQL; its series keep the labels in `by`.
        of: a selector of series that everybody in `expr` has, so that those without `target_info` are kept.
        by: labels that identify whoever an alert is about.
        window: how far back `target_info` counts, for those who are gone by now; a Prometheus duration.
    """
    seen = f"group by ({by}, {ENVIRONMENT}) (last_over_time(target_info[{window}]))"
    return f"""\
{within(expr)}
* on ({by}) group_left ({ENVIRONMENT})
(
    {seen}
  and on ({by})
    count by ({by}) ({seen}) == 1
  or on ({by})
    group by ({by}) ({of})
)"""


def within(expr: str) -> str:
    """In brackets, indented."""
    return "\n".join(["(", *(f"  {line}" for line in expr.splitlines()), ")"])
