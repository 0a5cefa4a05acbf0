"""The law of conservation, as docs/design.md has it: what the bridge says of itself, held against itself."""

from __future__ import annotations

from opentelemetry import metrics

from otel_audit import sdk
from otel_audit.bridge_health import Health
from otel_audit.runtime import Bridge


def instance() -> str:
    """What this process calls itself at the collector; SDKs from 1.44 name forked children anew."""
    return str(sdk.resource(metrics.get_meter_provider()).get("service.instance.id"))


def event_counts(bridge: Bridge) -> dict[str, int]:
    """Events seen, by name."""
    found: dict[str, int] = {}
    for event_id, counts in bridge.core.counters():
        name = bridge.core.event_name(event_id)
        found[name] = found.get(name, 0) + counts[0]
    return found


def unseen(health: Health) -> str:
    """What is wrong with the outcomes of the hook at a quiet moment; "" when nothing is."""
    accounted = sum(health.outcomes.values())
    return "" if health.seen == accounted else f"seen {health.seen:,}, outcomes {accounted:,}"


def unbalanced(health: Health, open_events: int) -> str:
    """What is wrong with the destinations when nothing is on its way; "" when nothing is.

    Args:
        health: of that moment.
        open_events: those in the buffers of spans that are open.
    """
    wrong = []
    for name, account in health.destinations.items():
        on_its_way = open_events if name == "span_events" else 0
        accounted = sum(account.values()) - account["kept"] + on_its_way
        if account["kept"] != accounted:
            wrong.append(f"{name}: kept {account['kept']:,}, accounted {accounted:,}")
    return "; ".join(wrong)
