"""What became of the events: counts by event, outcomes, destinations, and what this page does not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from otel_audit.books import EventCount, keeping, lost, most_waiting, remedy, waiting
from otel_audit.model import Counts
from otel_audit.report.collect import Report
from otel_audit.report.facts import Facts
from otel_audit.report.markup import Markup, element, join, table
from otel_audit.report.rows import MAX_RECORDS

_OUTCOMES = {
    "kept": "to be kept with its body, for at least one destination; the next table says what became of it",
    "sampled_out": "counted; a sampler left the body out",
    "rate_limited": "counted; over a rate limit",
    "merged": "counted in an equal record of the same moment",
    "counted": "counted; no destination wanted a body",
    "dropped": "lost before any destination",
}
_WORDS = {"sampled_out": "sampled out", "rate_limited": "rate limited"}
_DESTINATION_OUTCOMES = {
    "kept": "should arrive there",
    "delivered": "arrived",
    "filtered": "a processor took it out, or its trace is not sampled",
    "late": "its span had ended: it went to the logs",
    "over": "over the cap of events per span",
    "no_pipeline": "no exporter is configured",
    "queue_full": "lost: no room in the ring or in the SDK's queue",
    "export_queue_full": "lost: the SDK's queue dropped it",
    "export_failed": "lost: the exporter answered with failure",
    "already_shutdown": "lost: the SDK had shut down",
    "memory_full": "lost: the cap over all span buffers",
    "abandoned": "lost: its span was never ended",
    "first_full": "lost: 2,048 distinct values were met",
    "no_memory": "lost: no memory",
    "reentrant": "lost: raised inside the hook",
}
_NUMBERS = Counts._fields


def by_event(events: Sequence[EventCount]) -> Markup:
    """Exact counters; columns that are all zero are left out."""
    if not events:
        return element("p", "No event was seen.", class_="empty")
    shown = [at for at, name in enumerate(_NUMBERS) if name in ("seen", "kept") or any(row[2][at] for row in events)]
    heads = [
        ("Event", "mono"),
        ("Group", "text"),
        *((_WORDS.get(_NUMBERS[at], _NUMBERS[at]).capitalize(), "number") for at in shown),
    ]
    rows = [
        (_event(name), group, *(f"{counts[at]:,}" for at in shown))
        for name, group, counts in sorted(events, key=lambda row: (-row[2].seen, row[0]))
    ]
    return table("Events by name", heads, rows)


def _event(name: str) -> Markup:
    return element("button", name, type="button", class_="link", data_event=name, title="Show its records")


def accounting(report: Report, facts: Facts) -> Markup:
    """Every event, by what became of it."""
    health = facts.health
    parts: list[object] = [element("h2", "Accounting"), element("p", _balance(facts), class_="lead")]
    parts += [element("h3", "What the hook decided"), _outcomes(health.outcomes, health.dropped, health.seen)]
    parts += [element("h3", "Where the kept events went"), _destinations(health.destinations)]
    parts += [element("h3", "Not in this page"), element("ul", *_missing(report, facts))]
    return element("section", *parts, id="accounting")


def _balance(facts: Facts) -> str:
    seen, gone, late = facts.health.seen, lost(facts.health), most_waiting(facts.health)
    what = f"{gone:,} did not get to at least one of their destinations" if gone else "nothing was lost"
    more = f"; {late:,} were still waiting at the end" if late else ""
    return f"{seen:,} selected events were seen. Each is in exactly one row of the first table; {what}{more}."


def _outcomes(outcomes: Mapping[str, int], dropped: Mapping[str, int], seen: int) -> Markup:
    rows: list[tuple[object, ...]] = [
        (_WORDS.get(name, name), f"{number:,}", _share(number, seen), _OUTCOMES.get(name, ""))
        for name, number in outcomes.items()
    ]
    rows += [
        (f"dropped: {cause}", f"{number:,}", "", _DESTINATION_OUTCOMES.get(cause, ""))
        for cause, number in dropped.items()
    ]
    rows.append(("seen", f"{seen:,}", "", "the sum of the above"))
    heads = (("Outcome", "text"), ("Events", "number"), ("Share", "number"), ("Meaning", "text"))
    return table("Outcomes", heads, rows)


def _share(number: int, seen: int) -> str:
    return f"{100 * number / seen:.1f} %" if seen and number else ""


def _destinations(destinations: Mapping[str, Mapping[str, int]]) -> Markup:
    rows: list[tuple[object, ...]] = []
    for destination, account in destinations.items():
        for outcome, number in account.items():
            meaning = _DESTINATION_OUTCOMES.get(outcome, "lost: an error of this class")
            rows.append((destination, outcome.replace("_", " "), f"{number:,}", meaning))
        if waiting(account):
            rows.append((destination, "waiting", f"{waiting(account):,}", "not handed over when the program ended"))
    heads = (("Destination", "text"), ("Outcome", "text"), ("Events", "number"), ("Meaning", "text"))
    return table("Destinations", heads, rows)


def _missing(report: Report, facts: Facts) -> list[Markup]:
    left_out, spans = report.rows.left_out, report.spans.left_out()
    account, suppressed = facts.health.destinations.get(report.name, {}), facts.health.suppressed
    bound = f"the first and the last {MAX_RECORDS // 2:,} are kept"
    said: list[str] = []
    if left_out:
        line = (
            f"Not shown here: {left_out:,} records over the report's bound ({bound}). Every count above includes them."
        )
        said.append(line)
    if spans:
        said.append(f"{spans:,} spans over the report's bound have no bar in the timeline.")
    if waiting(account):
        said.append(f"Not flushed in time: {waiting(account):,} events; no table of subjects has them.")
    if help_ := remedy(facts.health):
        said.append(f"Lost: {help_}.")
    if facts.forks:
        said.append(f"Forked children, {facts.forks:,} of them: each counts for itself and writes no page.")
    said.append(f"{suppressed:,} events of the bridge itself and of exporters are not counted as seen.")
    said += [f"{note[:1].upper()}{note[1:]}." for note in facts.health.notes]
    return [element("li", line) for line in said]


def headline(report: Report, facts: Facts) -> Markup:
    """The numbers at the top."""
    health = facts.health
    gone, kept, traces = (
        lost(health),
        health.outcomes.get("kept", 0),
        len({span.trace_id for span in report.spans.kept()}),
    )
    left = sum(health.outcomes.get(name, 0) for name in ("sampled_out", "rate_limited", "merged", "counted"))
    cards = [
        _card("Events seen", health.seen, "exact, never sampled"),
        _card("Kept", kept, "with body, time and trace" if not gone else "to be, before what was lost"),
        _card("Only counted", left, "sampled, limited or merged"),
        _lost(gone, most_waiting(health)),
        _card("Traces", traces, "with spans in this page"),
    ]
    return element("div", *cards, class_="cards")


def _lost(gone: int, late: int) -> Markup:
    what = "missed by at least one destination" if gone else "every destination got its own"
    if late:
        what = f"and {late:,} not flushed in time"
    return _card("Lost", gone, what, "bad" if gone or late else "good")


def _card(title: str, number: int, what: str, kind: str = "") -> Markup:
    value = element("div", f"{number:,}", class_=f"value {kind}".strip())
    above, below = element("div", title, class_="title"), element("div", what, class_="what")
    return element("div", above, value, below, class_="card")


def notes_on_sampling(facts: Facts) -> Markup:
    """Where tables of subjects cannot be complete, they say so."""
    left = sum(facts.health.outcomes.get(name, 0) for name in ("sampled_out", "rate_limited"))
    if not left:
        return join(())
    where = "they are in the counts by event, not in the tables below"
    parts: list[object] = [f"{left:,} events were left out by samplers or rate limits: {where}."]
    if option := keeping(facts.events):
        parts += [" ", element("code", option.rpartition(" keeps ")[0]), f" keeps {option.rpartition(' keeps ')[2]}."]
    return element("p", *parts, class_="note")
