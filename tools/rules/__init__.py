"""Alert rules: one table, rendered for Prometheus, for Loki's ruler and as Grafana-managed rules.

`python -m tools.rules` writes the files; `--check` says whether they are current.
"""
