"""Whoever is asked gets the credentials, and nobody else sees them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from otel_audit.dashboards.endpoints import Endpoint, EndpointError, UnreachableError, endpoint, header
from tests.dashboards.query_server import NOTHING, Asked, serving


def ask(url: str, timeout_s: float = 30.0, headers: Mapping[str, str] | None = None, name: str = "Prometheus") -> Any:
    return endpoint(name, url, headers or {}, timeout_s).get("/api/v1/query", {"query": "up"})


def test_the_answer_is_its_data() -> None:
    with serving(lambda asked: NOTHING) as server:
        assert ask(server.url + "/") == NOTHING
    assert server.queries() == ["up"]


def test_credentials_of_the_url_are_sent_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_TEST", "p@ss")
    with serving(lambda asked: NOTHING) as server:
        found = endpoint("Prometheus", server.url.replace("//", "//reader:$SECRET_OF_TEST@"), {}, 30)
        found.get("/api/v1/query", {"query": "up"})
    assert found.url == server.url
    assert server.asked[0].headers["authorization"] == "Basic " + base64.b64encode(b"reader:p@ss").decode()


def test_headers_are_sent_with_variables_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_TEST", "t0ken")
    with serving(lambda asked: NOTHING) as server:
        lines = "Authorization: Bearer ${SECRET_OF_TEST}", "X-Scope-OrgID:shop"
        ask(server.url, headers=dict(map(header, lines)))
    assert server.asked[0].headers["authorization"] == "Bearer t0ken"
    assert server.asked[0].headers["x-scope-orgid"] == "shop"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Authorization", "-H: expected 'Name: value'"),
        ("Author ization: x", "-H: expected 'Name: value'"),
        ("X: $NOT_SET_ANYWHERE", "-H: the variable NOT_SET_ANYWHERE is not set"),
    ],
)
def test_a_header_that_is_none(line: str, said: str) -> None:
    with pytest.raises(EndpointError) as raised:
        header(line)
    assert str(raised.value) == said


def test_a_variable_cannot_break_out_of_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_TEST", "a\r\nX-Evil: 1")
    with pytest.raises(EndpointError):
        header("X: $SECRET_OF_TEST")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "127.0.0.1:9090", "http://", "http://h:port/", ""])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(EndpointError) as raised:
        endpoint("Loki", url, {}, 1)
    assert str(raised.value) == "--loki: expected a URL such as http://127.0.0.1:9090"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, b"no"), "HTTP 401: expected credentials (in the URL, or by -H)"),
        ((404, b"page"), "HTTP 404: expected the base of its API, such as http://127.0.0.1:9090"),
        ((302, b"http://127.0.0.1:1/"), "HTTP 302: redirects are not followed; give the address it leads to"),
        ((200, b"<html>"), "HTTP 200: not a Prometheus API"),
        ((200, [1]), "HTTP 200: not a Prometheus API"),
        ((200, b"[" * 100_000), "HTTP 200: not a Prometheus API"),
    ],
)
def test_a_server_that_will_never_answer(answer: tuple[int, Any], said: str) -> None:
    with serving(lambda asked: answer) as server, pytest.raises(UnreachableError) as raised:
        ask(server.url.replace("//", "//user:hidden@"))
    assert str(raised.value) == f"Prometheus {server.url}: {said}"


def test_nobody_listens() -> None:
    with serving() as server:
        url = server.url
    with pytest.raises(UnreachableError, match="Connection refused"):
        ask(url)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            (400, {"status": "error", "errorType": "bad_data", "error": "1:3: parse\nerror"}),
            "bad_data: 1:3: parse error",
        ),
        ((400, {"status": "error", "message": "too many"}), "too many"),
        ((503, b""), "HTTP 503: Service Unavailable"),
        ((501, b"<html>no such method</html>"), "HTTP 501: not a Prometheus API"),
        ((400, b"text"), "HTTP 400: not a Prometheus API"),
        ((400, {"error": "of another API"}), "HTTP 400: not a Prometheus API"),
        ((400, ["error"]), "HTTP 400: not a Prometheus API"),
        ((400, b"[" * 60_000), "HTTP 400: not a Prometheus API"),
    ],
)
def test_a_query_that_is_refused(answer: tuple[int, Any], said: str) -> None:
    with serving(lambda asked: answer) as server, pytest.raises(EndpointError) as raised:
        ask(server.url)
    assert not isinstance(raised.value, UnreachableError)
    assert str(raised.value) == said


def test_an_error_cannot_move_the_cursor() -> None:
    refused = 422, {"status": "error", "error": "\x1b[2J\n\ud800" + "x" * 10_000}
    with serving(lambda asked: refused) as server, pytest.raises(EndpointError) as raised:
        ask(server.url)
    assert str(raised.value).startswith("\\x1b[2J \\ud800xxx")
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) == 300


@pytest.mark.parametrize(
    ("kind", "said"),
    [("text/plain; charset=utf-8", "parse error at line 1, col 2"), ("text/html", "HTTP 400: not a Loki API")],
)
def test_loki_says_in_plain_text_what_is_wrong(kind: str, said: str) -> None:
    answer = 400, b"parse error at line 1,\ncol 2\n", kind
    with serving(lambda asked: answer) as server, pytest.raises(EndpointError) as raised:
        ask(server.url, name="Loki")
    assert str(raised.value) == said


def test_an_error_that_breaks_off_is_its_status() -> None:
    with serving(lambda asked: (500, b"{", "application/json", 99)) as server, pytest.raises(EndpointError) as raised:
        ask(server.url)
    assert str(raised.value) == "HTTP 500: Internal Server Error"


def test_silence_ends() -> None:
    with serving(lambda asked: 60.0) as server, pytest.raises(EndpointError, match=r"no answer within 0\.2 s"):
        ask(server.url, 0.2)


def test_a_redirect_does_not_carry_the_credentials_away() -> None:
    with serving() as other, serving(lambda asked: (307, other.url.encode())) as server:
        with pytest.raises(UnreachableError):
            ask(server.url, headers={"Authorization": "Bearer t"})
        assert other.asked == []


def test_label_values_are_asked_by_get() -> None:
    def answer(asked: Asked) -> Any:
        return ["a"] if asked.parameters == {"match[]": "up"} else (405, b"")

    with serving(answer) as server:
        found = Endpoint("Prometheus", server.url, {}, 30).get("/api/v1/label/job/values", {"match[]": "up"})
    assert found == ["a"]
