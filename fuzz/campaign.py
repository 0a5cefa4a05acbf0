"""A whole run: python -m fuzz.campaign [--records N] [--time SECONDS] [--seed N] [--stage NAME]"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.jobs import CRASHES, STAGES, WORK, Job, plan
from fuzz.report import again, progress, summary
from fuzz.tally import Tally

_POLL_SECONDS = 0.5
_SAY_SECONDS = 15.0
_GRACE_SECONDS = 10.0
_LOG_LINES = 40


@dataclass
class Run:
    """A job that was started.

    Args:
        job: which.
        process: its process.
        tally: its counts, also after its end.
    """

    job: Job
    process: subprocess.Popen[bytes]
    tally: Tally
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    stopped: bool = False

    def poll(self) -> int | None:
        """Exit code; None while it runs. Stops it when its time is over."""
        if not self.seconds and self.process.poll() is not None:
            self.seconds = time.monotonic() - self.began
        if self.process.returncode is None and self.job.seconds and time.monotonic() - self.began > self.job.seconds:
            self.stop()
        return 0 if self.stopped else self.process.returncode

    def stop(self) -> None:
        """End it: it did what was asked, or the user lost patience."""
        self.stopped = True
        self.process.terminate()
        try:
            self.process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.seconds = time.monotonic() - self.began


def start(job: Job) -> Run:
    """Start a job; what it prints goes to a log."""
    path = WORK / f"{job.name}.tally"
    path.unlink(missing_ok=True)
    tally = Tally(path)
    with (WORK / f"{job.name}.log").open("wb") as log:
        process = subprocess.Popen(job.command, env=job.environment(), stdout=log, stderr=subprocess.STDOUT)
    return Run(job, process, tally)


def failed(run: Run, known: set[Path]) -> str:
    """What is to be said of a job that ended badly: its log's end, and how its input is played again."""
    log = (WORK / f"{run.job.name}.log").read_text(errors="replace").splitlines()
    lines = [f"fuzz: {run.job.name} ended with {run.process.returncode}; the end of build/fuzz/{run.job.name}.log:"]
    lines += [f"  {line[:400]}" for line in log[-_LOG_LINES:]]
    found = sorted(set(CRASHES.iterdir()) - known)
    return "\n".join(lines + again(run.job, run.tally, found))


def carry_out(jobs: list[Job], width: int) -> tuple[list[Run], str]:
    """Run the jobs, so many at a time, until the first that fails.

    Returns:
        All that were started, and what there is to say of a failure.
    """
    known = set(CRASHES.iterdir())
    waiting, runs, began, said = list(jobs), list[Run](), time.monotonic(), 0.0
    try:
        while True:
            codes = [(run, run.poll()) for run in runs]
            bad = next((run for run, code in codes if code), None)
            if bad is not None:
                return runs, failed(bad, known)
            running = sum(code is None for _, code in codes)
            if not waiting and not running:
                return runs, ""
            while waiting and running < width:
                runs.append(start(waiting.pop(0)))
                running += 1
            if time.monotonic() - said > _SAY_SECONDS:
                said = time.monotonic()
                print(progress([(run.job, run.tally) for run in runs], said - began), flush=True)
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        return runs, "fuzz: interrupted"
    finally:
        for run in runs:
            if run.process.poll() is None:
                run.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz.campaign", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000_000, help="from the hook to the attributes (%(default)s)")
    parser.add_argument("--time", type=float, default=0.0, help="seconds; without it until the records are reached")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stage", action="append", choices=STAGES, help="only this one; may be given again")
    parser.add_argument(
        "--jobs", type=int, default=len(os.sched_getaffinity(0)), help="processes at a time (%(default)s)"
    )
    arguments = parser.parse_args()
    stages = tuple(arguments.stage or STAGES)
    WORK.mkdir(parents=True, exist_ok=True)
    CRASHES.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    jobs = plan(stages, arguments.records, arguments.time, arguments.seed, arguments.jobs)
    runs, failure = carry_out(jobs, arguments.jobs)
    print(summary([(run.job, run.tally, run.seconds) for run in runs], time.monotonic() - began, arguments.seed))
    if failure:
        print(failure)
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
