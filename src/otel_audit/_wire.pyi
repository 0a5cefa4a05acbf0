from collections.abc import Callable, Iterable, Mapping

from otel_audit.model import CodeRef, Items, Location, Missing, Opaque, Record, Size

def decode(data: bytes, at: int = 0, /) -> Record: ...
def split(data: bytes, /) -> Iterable[int]: ...
def bind(
    slow: Callable[[bytes, int], Record],
    record: type[Record],
    size: type[Size],
    opaque: type[Opaque],
    items: type[Items],
    code: type[CodeRef],
    location: type[Location],
    missing: Missing,
    nobody: Mapping[str, str],
    who: Callable[[bytes], Mapping[str, str]],
    split: Callable[[bytes], Iterable[int]],
    /,
) -> None: ...
