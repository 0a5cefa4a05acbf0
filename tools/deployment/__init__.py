"""Everything in deploy/ that a linter or a schema can judge, judged: `python -m tools.deployment`."""
