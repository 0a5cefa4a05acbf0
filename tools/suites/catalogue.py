"""Which suites there are. Projects are pinned: a new release is taken on purpose, not by the day of the run."""

from __future__ import annotations

from typing import Final, NamedTuple


class Project(NamedTuple):
    """The test suite that a source distribution on the package registry ships, run by pytest.

    Args:
        name: of the distribution.
        version: of the sdist.
        extras: of the project that its tests need.
        needs: what its own list of test requirements names.
        tests: folders.
        arguments: of pytest. None changes what a test does; the order is fixed where it would be random.
        short: whether it belongs to the short form.
    """

    name: str
    version: str
    extras: str
    needs: tuple[str, ...]
    tests: tuple[str, ...] = ("tests",)
    arguments: tuple[str, ...] = ()
    short: bool = False


PROJECTS: Final = (
    Project(
        "structlog",
        "26.1.0",
        "",
        ("pytest>=6", "pytest-asyncio>=0.17", "pytest-randomly", "simplejson", "time-machine>=2.14.1"),
        arguments=("-p", "no:randomly"),
        short=True,
    ),
    Project("flask", "3.1.3", "", ("pytest>=8,<9", "asgiref", "greenlet", "python-dotenv"), short=True),
    Project(
        "requests",
        "2.34.2",
        "socks",
        ("pytest>=7,<10", "pytest-httpbin==2.1.0", "httpbin~=0.10.0", "pytest-mock", "trustme", "setuptools<81"),
    ),
    Project(
        "httpx",
        "0.28.1",
        "brotli,cli,http2,socks,zstd",
        ("pytest>=8,<9", "chardet", "cryptography", "trio", "trustme", "uvicorn"),
    ),
    Project(
        "sqlalchemy",
        "2.0.58",
        "aiosqlite",
        ("pytest>=8,<9", "greenlet"),
        tests=("test/base", "test/engine", "test/ext", "test/orm", "test/sql", "test/dialect"),
        # Upstream's own runs leave these out too: what counts calls or seconds of its author's machine.
        arguments=("-p", "no:cacheprovider", "--exclude-tag", "timing-intensive", "-k", "not aaa_profiling"),
    ),
)

SUBINTERPRETERS: Final = (
    "test_interpreters",
    "test__interpreters",
    "test__interpchannels",
    "test__xxsubinterpreters",
    "test__xxinterpchannels",
)
"""Of CPython's own: under `otel-audit run`, in one process. The `sitecustomize` of `opentelemetry-instrument` runs in
every subinterpreter and imports `threading` there. Up to 3.12 the end of one that another thread made then waits for
ever for that thread's lock: the file hangs at its first such test, with the bridge and without.
"""

CPYTHON: Final = (
    "test_audit",
    "test_gc",
    "test_import",
    "test_subprocess",
    "test_socket",
    "test_threading",
    "test_asyncio",
    "test_multiprocessing_fork",
    "test_multiprocessing_spawn",
    "test_multiprocessing_forkserver",
    "test_multiprocessing_main_handling",
    *SUBINTERPRETERS,
    "test_concurrent_futures",
    "test_fork1",
    "test_threading_local",
    "test_threadsignals",
    "test_sys",
    "test_tracemalloc",
)
"""Of CPython's own: what has to do with hooks, threads, processes, interpreters. Not every version has each."""

CPYTHON_SHORT: Final = ("test_audit", "test_gc", "test_threading_local", "test_fork1")

LEFT_OUT: Final = ("test_print_exception_gh_102056", "ThreadedVSOCKSocketStreamTest")
"""Of CPython's own, in no run. On a loaded machine the first recurses for a quarter of an hour, plain too; in a virtual
machine whose AF_VSOCK leads nowhere the second waits for its client for ever, plain too.
"""
