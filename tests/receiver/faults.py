"""Failures a test can ask for. Statuses of HTTP and of gRPC are paired, so that one request for failure fits both."""

from __future__ import annotations

from dataclasses import dataclass

# The first row with a gRPC name is the one a name stands for; 502 is retryable in OTLP/HTTP, as UNAVAILABLE is in gRPC.
_PAIRS = (
    (400, "INVALID_ARGUMENT"),
    (401, "UNAUTHENTICATED"),
    (403, "PERMISSION_DENIED"),
    (404, "NOT_FOUND"),
    (429, "RESOURCE_EXHAUSTED"),
    (500, "INTERNAL"),
    (501, "UNIMPLEMENTED"),
    (503, "UNAVAILABLE"),
    (502, "UNAVAILABLE"),
    (504, "DEADLINE_EXCEEDED"),
)


@dataclass(frozen=True)
class Failure:
    """`label` is the status as the test spelled it: requests are counted under it."""

    http: int
    grpc: str
    label: str

    @classmethod
    def of(cls, status: int | str) -> Failure:
        for http, grpc in _PAIRS:
            if status == http or (isinstance(status, str) and status.upper() == grpc):
                return cls(http, grpc, str(status).lower())
        known = ", ".join(f"{http}/{grpc.lower()}" for http, grpc in _PAIRS)
        raise ValueError(f"status={status!r}: expected one of {known}")


MALFORMED = Failure(400, "INVALID_ARGUMENT", "malformed")
ABANDONED = Failure(503, "UNAVAILABLE", "abandoned")


@dataclass
class Rule:
    """Answer `failure` to the next `left` requests (None: to all) of `signal` (None: of any)."""

    failure: Failure
    left: int | None
    signal: str | None

    def applies(self, signal: str) -> bool:
        return self.left != 0 and self.signal in (None, signal)

    def use(self) -> Failure:
        if self.left is not None:
            self.left -= 1
        return self.failure
