"""Dashboards as code: `python -m grafana.build` writes `files/dashboards`. One module per dashboard."""
