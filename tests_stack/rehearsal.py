"""Carries out a Dockerfile without Docker: python -m tests_stack.rehearsal DOCKERFILE ... [-- COMMAND ...]

Each stage is this machine's own system under an overlay that is gone afterwards; RUN runs chrooted in it, COPY copies,
and in the end the last stage's CMD, or the command given, takes the place of this program: as the stage's USER, with
its ENV, its file system read-only. What differs from Docker: the base image. Its interpreters are those of this machine
(`--python`), and the rest is whatever is installed here. Needs root and Linux.

It must be run in a mount namespace of its own: unshare --mount --propagation private python -m tests_stack.rehearsal …
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Docker's own."""
# Of this machine, for pip: where packages come from here.
_PASSED = re.compile(r"(PIP|UV|SSL|REQUESTS|HTTPS?|NO)_|(https?|no)_proxy$")


@dataclass
class Stage:
    """A stage in the making.

    Args:
        root: its file system.
    """

    root: Path
    variables: dict[str, str] = field(default_factory=lambda: {"PATH": PATH, "HOME": "/root"})
    folder: str = "/"
    user: tuple[int, int] = (0, 0)
    command: list[str] = field(default_factory=list)

    def path(self, name: str) -> Path:
        """A path of the stage, from outside."""
        return self.root / os.path.join(self.folder, name).lstrip("/")  # noqa: PTH118 - an absolute name wins

    def run(self, text: str) -> None:
        """A RUN line."""
        passed = {name: value for name, value in os.environ.items() if _PASSED.match(name)}
        inside = [
            shutil.which("chroot", path=PATH) or "chroot",
            str(self.root),
            "/bin/sh",
            "-ec",
            f"cd {shlex.quote(self.folder)}\n{text}",
        ]
        subprocess.run(inside, env={**passed, **self.variables}, check=True, stdin=subprocess.DEVNULL)

    def take_over(self, command: list[str], variables: Mapping[str, str]) -> NoReturn:
        """Become the program, as Docker with `--read-only` starts it."""
        _mount("-o", "remount,ro", str(self.root))
        os.chroot(self.root)
        os.chdir(self.folder)
        os.setgroups([])
        os.setgid(self.user[1])
        os.setuid(self.user[0])
        env = {**self.variables, "HOME": "/", **variables}
        os.environ["PATH"] = env["PATH"]
        os.execvpe(command[0], command, env)


class Rehearsal:
    """Goes through the instructions.

    Args:
        scratch: an empty folder, on which a file system in memory is mounted.
        pythons: interpreters that stand for those of the base images, the default one first.
        bases: commands that make a stage what the image has, by a part of the image's name.
        skipped: stages that are left out, and what is copied from them.
    """

    def __init__(self, scratch: Path, pythons: list[str], bases: Mapping[str, str], skipped: set[str]) -> None:
        self.scratch, self.pythons, self.bases, self.skipped = scratch, pythons, bases, skipped
        self.stages: dict[str, Stage] = {}
        self.arguments: dict[str, str] = {}
        self.context = scratch / "context"
        self.stage: Stage | None = None
        _mount("-t", "tmpfs", "none", str(scratch))

    def build(self, dockerfile: Path) -> Stage:
        """The last stage."""
        _context(dockerfile.with_name(f"{dockerfile.name}.dockerignore"), self.context)
        for word, rest in instructions(dockerfile.read_text(encoding="utf-8")):
            if word == "FROM":
                self.begin(*rest.partition(" AS ")[::2])
            elif word == "ARG":
                name, _, value = rest.partition("=")
                self.arguments[name] = value
            elif self.stage is not None:
                steps: dict[str, Callable[[Stage, str], None]] = {
                    "RUN": Stage.run,
                    "COPY": self.copy,
                    "ENV": _env,
                    "WORKDIR": _workdir,
                    "USER": _user,
                    "CMD": _cmd,
                    "EXPOSE": lambda stage, rest: None,
                }
                print(f"rehearsal: {word} {rest}", file=sys.stderr, flush=True)
                steps[word](self.stage, rest)
        assert self.stage is not None
        return self.stage

    def begin(self, image: str, name: str) -> None:
        """A stage: the machine's root with a writable layer over it."""
        image = re.sub(r"\$\{(\w+)\}", lambda found: self.arguments[found[1]], image.strip())
        if name in self.skipped:
            self.stage = None
            return
        place = self.scratch / f"stage-{len(self.stages)}"
        for part in ("upper", "work", "root"):
            (place / part).mkdir(parents=True)
        layers = f"lowerdir=/,upperdir={place / 'upper'},workdir={place / 'work'}"
        _mount("-t", "overlay", "overlay", "-o", layers, str(place / "root"))
        _mount("-t", "proc", "proc", str(place / "root/proc"))
        _mount("--rbind", "/dev", str(place / "root/dev"))
        self.stage = self.stages[name or image] = Stage(place / "root")
        _network(self.stage)
        self._interpreters(self.stage)
        for part, commands in self.bases.items():
            if part in image:
                self.stage.run(commands)

    def _interpreters(self, stage: Stage) -> None:
        """Under the names that the images of python.org's and of the wheel builders give them."""
        for number, python in enumerate(self.pythons):
            version = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=True).stdout
            names = [f"/opt/python/cp{version}-cp{version}/bin/python"]
            names += ["/usr/local/bin/python", "/usr/local/bin/python3"] if number == 0 else []
            for name in names:
                link = stage.path(name)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.unlink(missing_ok=True)
                link.symlink_to(Path(python).resolve())
            for parent in Path(python).resolve().parents:  # a home of root's is not for everybody
                inside = stage.path(str(parent))
                inside.chmod(inside.stat().st_mode | 0o055)

    def copy(self, stage: Stage, rest: str) -> None:
        """A COPY line, from the context or from a stage."""
        words = shlex.split(rest)
        options = [word for word in words if word.startswith("--")]
        *sources, target = [word for word in words if not word.startswith("--")]
        origin = next((word.partition("=")[2] for word in options if word.startswith("--from=")), None)
        if origin in self.skipped:
            return
        folder = self.stages[origin].root if origin else self.context
        into = stage.path(target)
        (into if target.endswith("/") or len(sources) > 1 else into.parent).mkdir(parents=True, exist_ok=True)
        for source in sources:
            found = folder / source.lstrip("/")
            if found.is_dir():  # what is in it, as Docker does
                shutil.copytree(found, into, dirs_exist_ok=True, symlinks=True)
            else:
                shutil.copy2(found, into)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction with its words; comments left out, continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        yield word, rest.strip()


def _context(ignore: Path, into: Path) -> None:
    """What Docker would be sent: the exceptions of the file, without what it excludes after them."""
    lines = [line for line in ignore.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    excluded = shutil.ignore_patterns(*(line.removeprefix("**/") for line in lines if line.startswith("**/")))
    for name in (line[1:] for line in lines if line.startswith("!")):
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=excluded)
        else:
            shutil.copy2(ROOT / name, target)


def _network(stage: Stage) -> None:
    """The files that Docker too puts in every container: here they may be mounts, or links into one, and so missing."""
    for name in ("hosts", "resolv.conf"):
        inside = stage.path(f"/etc/{name}")
        inside.unlink(missing_ok=True)
        shutil.copy(f"/etc/{name}", inside)


def _env(stage: Stage, rest: str) -> None:
    for word in shlex.split(rest):
        name, _, value = word.partition("=")
        stage.variables[name] = re.sub(r"\$(\w+)", lambda found: stage.variables[found[1]], value)


def _workdir(stage: Stage, rest: str) -> None:
    stage.folder = os.path.join(stage.folder, rest)  # noqa: PTH118
    stage.path(".").mkdir(parents=True, exist_ok=True)


def _user(stage: Stage, rest: str) -> None:
    user, _, group = rest.partition(":")
    stage.user = int(user), int(group)


def _cmd(stage: Stage, rest: str) -> None:
    stage.command = json.loads(rest)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


_VERSION = "import sys; print('%d%d' % sys.version_info[:2], end='')"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dockerfile", type=Path)
    parser.add_argument("--scratch", type=Path, required=True, help="an empty folder")
    parser.add_argument("--python", action="append", default=[], help="an interpreter; the first is `python`")
    parser.add_argument("--base", action="append", default=[], metavar="PART=COMMANDS", help="what an image has")
    parser.add_argument("--skip", action="append", default=[], metavar="STAGE")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--tmp", action="store_true", help="an empty, writable /tmp, as --tmpfs /tmp gives")
    words, _, command = "\0".join(sys.argv[1:]).partition("\0--\0")  # argparse would mix the two
    options = parser.parse_args(words.split("\0"))
    bases = dict(one.split("=", 1) for one in options.base)
    stage = Rehearsal(options.scratch, options.python, bases, set(options.skip)).build(options.dockerfile)
    if options.tmp:
        _mount("-t", "tmpfs", "-o", "mode=1777", "none", str(stage.root / "tmp"))
    stage.take_over(command.split("\0") if command else stage.command, dict(one.split("=", 1) for one in options.env))


if __name__ == "__main__":
    main()
