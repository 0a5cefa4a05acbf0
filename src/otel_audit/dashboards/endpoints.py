"""HTTP of the two query APIs: Prometheus' and Loki's. Nothing here prints a credential."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from otel_audit import settings
from otel_audit.errors import AuditError, one_line

MAX_ANSWER = 32 << 20
"""Bytes of one answer: a panel that gets more has no use for it."""
_MAX_ERROR = 64 << 10
"""Bytes of an error's body."""
_SAID = 300
"""Characters of an error that a server gave."""
_BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Status of a server, or of a proxy before it, that may do better later: it says nothing about what the server is."""
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class EndpointError(AuditError):
    """A server did not answer the query; its text is one line."""


class PlainError(EndpointError):
    """An error in plain text, as Loki gives them, and as any other server may.

    Args:
        text: the server's.
        without: what can be said without it.
    """

    def __init__(self, text: str, without: str) -> None:
        super().__init__(text)
        self.without = without


class UnreachableError(EndpointError):
    """No server answered, or it wants other credentials: the next query would fare no better."""


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the credentials to another host."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        return None


class Endpoint(NamedTuple):
    """A server that answers queries.

    Args:
        name: `Prometheus` or `Loki`.
        url: base of the API, without credentials.
        headers: sent with every request.
        timeout_s: seconds without an answer.
    """

    name: str
    url: str
    headers: Mapping[str, str]
    timeout_s: float

    def get(self, path: str, parameters: Mapping[str, str | float]) -> Any:
        """What the server answers under `data`.

        Args:
            path: below the URL.
            parameters: of the query.

        Raises:
            UnreachableError: nobody answers there, or not to us.
            EndpointError: the query was refused, or took too long.
        """
        request = Request(f"{self.url}{path}", urlencode(parameters).encode(), dict(self.headers))
        if "/label/" in path:  # the one that takes no POST
            request = Request(f"{self.url}{path}?{urlencode(parameters)}", None, dict(self.headers))
        try:
            with build_opener(_NoRedirect).open(request, timeout=self.timeout_s) as answer:
                data = answer.read(MAX_ANSWER + 1)
        except HTTPError as error:
            raise self._refused(error) from None
        except TimeoutError:
            raise EndpointError(f"no answer within {self.timeout_s:g} s") from None
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from None
        return self._data(data)

    def _data(self, data: bytes) -> Any:
        if len(data) > MAX_ANSWER:
            raise EndpointError(f"the answer is over {MAX_ANSWER >> 20} MiB")
        try:
            answer = json.loads(data)
            return answer["data"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise self.another() from None

    def another(self) -> UnreachableError:
        """The error of a server that answers, and not as the API does. What it said is not shown: it may be a page."""
        return UnreachableError(f"{self.name} {self.url}: HTTP 200: {self._not_the_api}")

    @property
    def _not_the_api(self) -> str:
        return f"not a {self.name} API"

    def _unreachable(self, error: Exception) -> EndpointError:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            return UnreachableError(f"{self.name} {self.url}: no answer within {self.timeout_s:g} s")
        text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        return UnreachableError(f"{self.name} {self.url}: {one_line(str(text))}")

    def _refused(self, error: HTTPError) -> EndpointError:
        body = _body(error)
        where = f"{self.name} {self.url}: HTTP {error.code}"
        if error.code in (401, 403, 407):
            return UnreachableError(f"{where}: expected credentials (in the URL, or by -H)")
        if 300 <= error.code < 400:
            return UnreachableError(f"{where}: redirects are not followed; give the address it leads to")
        if error.code == 404:
            return UnreachableError(f"{where}: expected the base of its API, such as http://127.0.0.1:9090")
        said = _said(body)
        if said:
            return EndpointError(said)
        without = f"HTTP {error.code}: {HTTPStatus(error.code).phrase if error.code in _BUSY else self._not_the_api}"
        plain = _shown(body.decode("utf-8", "replace"))
        if plain and self.name == "Loki" and error.headers.get_content_type() == "text/plain":
            return PlainError(plain, without)
        return EndpointError(without)


def _body(error: HTTPError) -> bytes:
    """Its beginning; nothing where the server stops in the middle."""
    with error:
        try:
            return error.read(_MAX_ERROR)
        except (OSError, HTTPException):
            return b""


def _said(body: bytes) -> str:
    """The server's own words, if they come in the form of the APIs; otherwise nothing."""
    try:
        answer = json.loads(body)
        if answer["status"] != "error":
            return ""
        text = answer["error"] if "error" in answer else answer["message"]
        kind = answer.get("errorType", "")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ""
    return _shown(f"{kind}: {text}".removeprefix(": "))


def _shown(text: str) -> str:
    """One line, of a bounded length."""
    said = one_line(" ".join(text[: 4 * _SAID].split()))
    return said if len(said) <= _SAID else f"{said[: _SAID - 1]}…"


def endpoint(name: str, url: str, headers: Mapping[str, str], timeout_s: float) -> Endpoint:
    """Take a URL apart: credentials in it become a header. `$NAME` and `${NAME}` in those come from the environment.

    Raises:
        EndpointError: no URL that can be asked.
    """
    option = f"--{name.lower()}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise EndpointError(f"{option}: expected a URL such as http://127.0.0.1:9090") from None
    if parts.scheme not in ("http", "https") or not host:
        raise EndpointError(f"{option}: expected a URL such as http://127.0.0.1:9090")
    user, at, place = parts.netloc.rpartition("@")
    shown = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
    sent = dict(headers)
    if at:
        name_, _, password = user.partition(":")
        pair = f"{unquote(expanded(option, name_))}:{unquote(expanded(option, password))}"
        sent["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return Endpoint(name, shown, sent, timeout_s)


def header(line: str) -> tuple[str, str]:
    """`Name: value` of an option, variables expanded.

    Raises:
        EndpointError: another form, or a variable that is not set.
    """
    name, colon, value = line.partition(":")
    value = expanded("-H", value.strip())
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or re.search(r"[\r\n]", value):
        raise EndpointError("-H: expected 'Name: value'")
    return name, value


def expanded(option: str, text: str) -> str:
    """Variables of the environment instead of their names: a secret on a command line is seen by every user."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        value = settings.variable(name)
        if value is None:
            raise EndpointError(f"{option}: the variable {name} is not set")
        return value

    return _VARIABLE.sub(value, text)
