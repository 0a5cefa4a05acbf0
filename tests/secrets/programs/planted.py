"""Does everything the bridge hears of, with a secret in it that nobody else has: `planted.py WHERE`.

WHERE gets the list of the secrets. The program itself prints nothing of them.
"""

from __future__ import annotations

import sys
import warnings

from opentelemetry import trace

import otel_audit
from tests.secrets.planting import Garden
from tests.secrets.programs import acts_catalogue, acts_custom, acts_data, acts_mail, acts_process, acts_web

ACTS = (acts_process, acts_web, acts_mail, acts_data, acts_custom, acts_catalogue)
FLUSH_S = 60.0


def main() -> int:
    warnings.simplefilter("ignore")  # of modules that are about to go
    tracer, plant = trace.get_tracer("planted"), Garden()
    for act in ACTS:
        with tracer.start_as_current_span(act.__name__):
            act.run(plant)
    acts_custom.outside(plant)
    flushed = otel_audit.flush(FLUSH_S)
    plant.save(sys.argv[1])
    health = otel_audit.health()
    print(health.as_dict(), flushed)
    return 0 if flushed and not health.dropped else 3


if __name__ == "__main__":
    sys.exit(main())
