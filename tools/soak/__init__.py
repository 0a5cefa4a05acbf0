"""The soak: one program under the bridge for a long time, at a high rate, with all that goes wrong in production.

Forks, short threads, short, long and never-ended spans, a collector that dies, hangs and answers 503, garbage with
finalizers, exceptions, vetoes. `python -m tools.soak` starts the program (`load`) and a collector that counts
(`collector`), looks at both every few seconds, and judges (`judge`): the books must balance exactly, nothing may grow.
"""
