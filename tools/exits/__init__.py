"""How processes end, each way with a real program that exports over OTLP, and what its collector has got afterwards."""
