"""Log records and span events as OTLP bytes, for the pipelines that need nothing else: the SDK's own, as they come."""
