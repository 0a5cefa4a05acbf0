"""The dashboards that come with the package: where they are, what their panels ask for, and who answers."""
