"""Test suites of real projects and of CPython, run with and without the bridge: whatever differs is a bug to find."""
