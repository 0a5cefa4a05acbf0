"""Attributes made when first read."""

from __future__ import annotations

import inspect
import threading

from otel_audit.lazy import LazyAttribute


class Holder:
    """Counts how often it is made."""

    def __init__(self) -> None:
        self.made = 0
        self.together = threading.Barrier(2)

    @LazyAttribute
    def thing(self) -> object:
        """Its words."""
        self.made += 1
        return object()

    @LazyAttribute
    def contested(self) -> object:
        """Two threads are always in here together."""
        self.together.wait(10)
        return object()


def test_it_is_made_once_and_kept() -> None:
    holder = Holder()
    assert "thing" not in vars(holder)
    assert holder.thing is holder.thing
    assert holder.made == 1
    assert Holder().thing is not holder.thing
    assert Holder.__dict__["thing"].__doc__ == "Its words."


def test_threads_that_make_it_together_get_the_same() -> None:
    holder, found = Holder(), []
    threads = [threading.Thread(target=lambda: found.append(holder.contested)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 2
    assert found[0] is found[1] is holder.contested


def test_of_the_class_it_is_itself() -> None:
    assert Holder.thing is Holder.__dict__["thing"]
    assert "thing" in dict(inspect.getmembers(Holder))
