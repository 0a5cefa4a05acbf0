from collections.abc import Callable

from otel_audit.model import AttributeValue

def calm(attributes: dict[str, AttributeValue], keys: set[str], /) -> bool: ...
def bind(
    notable: frozenset[str],
    beginnings: tuple[str, ...],
    endings: tuple[str, ...],
    announces: Callable[[str], bool],
    /,
) -> None: ...
