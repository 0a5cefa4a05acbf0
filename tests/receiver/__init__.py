"""An OTLP receiver on loopback: real gRPC and HTTP, decoded protobufs, failures on demand.

with Receiver() as r:
    run_child(env=os.environ | r.env("grpc"))
    r.wait_for(lambda r: r.spans)
"""

from .inbox import HUNG, OK, Signal
from .records import Log, Point, Span, SpanEvent, Value
from .server import Protocol, Receiver

__all__ = ["HUNG", "OK", "Log", "Point", "Protocol", "Receiver", "Signal", "Span", "SpanEvent", "Value"]
