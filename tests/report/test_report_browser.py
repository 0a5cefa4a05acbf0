"""The page in a real browser: it draws, and nothing that a program called things runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from otel_audit.model import Counts
from otel_audit.report import Facts, Report, plotlyjs
from otel_audit.report.page import render
from tests.report.pages import SPAN, TRACE, Page, described, facts, span
from tests.report.test_report_page import hostile

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
ATTACK = "<script>document.documentElement.dataset.hacked = 'yes'</script>"


def page(report: Report, known: Facts) -> str:
    report.end()
    return render(report, known, plotlyjs.read(plotlyjs.find()))


def opened(folder: Path, text: str) -> Page:
    """The page's document after its scripts have run."""
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    done = subprocess.run(
        [
            str(BROWSER),
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
            *(f"--user-data-dir={folder}/profile", "--virtual-time-budget=20000", "--dump-dom", path.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return Page(done.stdout)


def state(found: Page) -> dict[str, str | None]:
    """Attributes of the document's root."""
    return next(known for tag, known in found.tags if tag == "html")


def test_it_draws_charts_and_records(tmp_path: Path) -> None:
    report = Report()
    span(report, "GET /", 100, 180)
    span(report, "query", 110, 150, span_id=2, parent=SPAN)
    for number in range(150):
        time_ns = report.start_ns + (100 + number) * 1_000_000
        report.emit(described(f"app.e{number % 3}", "custom", time_ns=time_ns, trace=TRACE, span=2))
    events = [(f"app.e{number}", "custom", Counts(50, 50, 0, 0, 0, 0, 0)) for number in range(3)]
    found = opened(tmp_path, page(report, facts(report, events)))
    assert state(found)["data-ready"] == "true"
    points = [
        known
        for tag, known in found.tags
        if tag == "path" and known.get("class") in ("point", "point plotly-customdata")
    ]
    assert len(points) == 150
    records = [known for tag, known in found.tags if tag == "tr" and known.get("class") == "record"]
    assert len(records) == 100  # a page of them
    assert "150 records of 150." in found.said
    assert "1 to 100 of 150" in found.said
    assert "GET /" in found.said


def test_hostile_names_run_nothing_and_become_no_links(tmp_path: Path) -> None:
    found = opened(tmp_path, page(*hostile()))
    assert state(found)["data-ready"] == "true"
    assert "data-hacked" not in state(found)
    targets = [known[name] for _, known in found.tags for name in ("href", "xlink:href", "src") if name in known]
    assert [target for target in targets if not (target or "").startswith("#")] == []
    assert not {"img", "iframe"} & {tag for tag, _ in found.tags}
    assert "<!--<script>" in found.said  # a lane, as text


@pytest.mark.parametrize("protected", [True, False])
def test_a_script_that_got_in_would_not_run(tmp_path: Path, protected: bool) -> None:
    report = Report()
    text = page(report, facts(report)).replace("</main>", f"{ATTACK}</main>")
    if not protected:  # the attack is a real one
        text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    assert ("data-hacked" in state(opened(tmp_path, text))) != protected


def test_an_empty_run_says_so(tmp_path: Path) -> None:
    report = Report()
    found = opened(tmp_path, page(report, facts(report)))
    assert "No audit event was seen in this run." in found.said
    assert "No event was recorded." in " ".join(found.said) + str(found.tables)


def test_a_run_of_which_everything_was_sampled_says_so(tmp_path: Path) -> None:
    report = Report()
    events = [("open", "filesystem", Counts(9, 0, 9, 0, 0, 0, 0))]
    found = opened(tmp_path, page(report, facts(report, events)))
    assert state(found)["data-ready"] == "true"
    assert any(line.startswith("No record was kept and no span was seen") for line in found.said)
    assert "No record was kept: events were only counted." in str(found.tables)
