"""The dashboards' JSON against Grafana's own words: its TypeScript types at two majors, the SDK, the query grammars.

Nothing is run here, neither Grafana nor a query: shapes are compared and texts are parsed.
"""
