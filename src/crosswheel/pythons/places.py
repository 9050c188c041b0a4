"""The places that target Pythons come from, asked in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crosswheel.errors import CrosswheelError, LackError, UsageError
from crosswheel.process import Command, Processes, Reporter
from crosswheel.pythons.debian import debian_release, has_debian_python
from crosswheel.pythons.image import Engines, image_python
from crosswheel.pythons.prefix import FoundPython, find_python
from crosswheel.pythons.sources import PythonSource, SourceKind
from crosswheel.pythons.standalone import standalone_python
from crosswheel.pythons.uv import installed_by_uv, python_by_uv
from crosswheel.store import Store
from crosswheel.targets import Target
from crosswheel.transport import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonPlaces:
    """Where a run's target Pythons come from.

    Each place is asked once for a target; what it says is remembered.

    Arguments:
        sources: in the order in which they are tried; none for Debian, then what uv has installed.
        client: fetches.
        store: keeps.
        processes: starts uv and container engines.
        environment: the person's.
        search_path: folders of this machine's programs, as PATH has them.
        uv: the uv program.
        reporter: told what is going on.
    """

    sources: Sequence[PythonSource]
    client: Client
    store: Store
    processes: Processes
    environment: Mapping[str, str]
    search_path: str
    uv: Path
    reporter: Reporter
    _known: dict[tuple[Target, bool], FoundPython | CrosswheelError | None] = field(default_factory=dict)
    _uv_folder: list[Path] = field(default_factory=list)

    def find(self, target: Target, *, fetch: bool = True) -> FoundPython | None:
        """Return the target's Python from the first place that has it; None where that is the Debian archive.

        Arguments:
            target: whose Python.
            fetch: whether anything may be fetched to find out.

        Raises:
            UsageError: none of the places has it.
            LackError: one cannot be asked here, and no other has it.
            RefusedError: one has something else than it promises.
        """
        target = target.interpreter
        if (target, fetch) not in self._known:
            try:
                self._known[target, fetch] = self._find(target, fetch=fetch)
            except CrosswheelError as error:
                self._known[target, fetch] = error
        known = self._known[target, fetch]
        if isinstance(known, CrosswheelError):
            raise known
        return known

    def identity(self, target: Target) -> str:
        """Return what changes with the target's Python, where a person said where that comes from; else "".

        Arguments:
            target: whose Python.

        Raises:
            RefusedError: a place has something else than it promises.
        """
        if not self.sources:
            return ""
        try:
            found = self.find(target)
        except (UsageError, LackError):
            return "none"
        return found.identity if found else "debian"

    def _find(self, target: Target, *, fetch: bool) -> FoundPython | None:
        if not self.sources:
            if has_debian_python(target):
                return None
            found = installed_by_uv(target, self._folder_of_uv(), self.store)
            if found is None:
                debian_release(target)  # says what Debian has
            return found
        problems: list[UsageError | LackError] = []
        for source in self.sources:
            try:
                return self._ask(source, target, fetch=fetch)
            except (UsageError, LackError) as error:
                problems.append(error)
        if len(problems) == 1:
            raise problems[0]
        # What is missing here weighs more: with it, there might be one.
        kind = LackError if any(isinstance(problem, LackError) for problem in problems) else UsageError
        raise kind(
            f"no place has a Python for {target}",
            why=f"{len(problems)} were asked, and each says why below",
            hint="name another with --target-python: debian, uv, https://….tar.gz#sha256=…, image:REFERENCE, a folder",
            details=[str(problem) for problem in problems],
        )

    def _ask(self, source: PythonSource, target: Target, *, fetch: bool) -> FoundPython | None:
        match source.kind:
            case SourceKind.DEBIAN:
                debian_release(target)
                return None
            case SourceKind.FOLDER:
                folder = Path(source.place)
                return find_python(folder, target, self.store, shown=source.place, origin=f"folder {source.place}")
            case SourceKind.UV:
                found = installed_by_uv(target, self._folder_of_uv(), self.store)
                if found:
                    return found
        if not fetch:
            raise UsageError(f"whether {source} has a Python for {target} is known when it is fetched")
        match source.kind:
            case SourceKind.UV:
                with self.reporter.step(f"Python for {target} through uv"):
                    return python_by_uv(
                        target, uv=self.uv, processes=self.processes, environment=self.environment, store=self.store
                    )
            case SourceKind.IMAGE:
                engines = Engines(
                    processes=self.processes,
                    environment=self.environment,
                    search_path=self.search_path,
                    reporter=self.reporter,
                )
                return image_python(source.place, target, engines=engines, store=self.store)
            case _:
                with self.reporter.step(f"standalone Python for {target}"):
                    return standalone_python(source, target, client=self.client, store=self.store)

    def _folder_of_uv(self) -> Path:
        if not self._uv_folder:
            asked = self.processes.run(
                Command(argv=(str(self.uv), "python", "dir"), environment=self.environment, directory=Path("/"))
            )
            lines = asked.output.splitlines()
            self._uv_folder.append(Path(lines[-1] if asked.returncode == 0 and lines else "/nonexistent"))
        return self._uv_folder[0]
