"""PEP 517: the project's build backend, called in the target's Python."""

import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from crosswheel.build.answers import wrong_file, wrong_requirements, wrong_wheel
from crosswheel.build.rust import what_rust_lacks
from crosswheel.build.telling import missing_compiler, telling_lines
from crosswheel.errors import BadInputError, LackError, RefusedError, StorageError
from crosswheel.process import Command, Processes
from crosswheel.pythons import Environment

if TYPE_CHECKING:
    from build import ProjectBuilder

Distribution = Literal["wheel", "sdist"]
_Answer = TypeVar("_Answer")
_NO_ROOM = 4 << 20  # bytes: less than any build writes


class _HookFailedError(Exception):
    def __init__(self, output: str, status: int) -> None:
        super().__init__(output)
        # A process that a signal ended, or that left at once, has nothing to say for itself.
        self.output = output if output.strip() else f"it said nothing, and ended with status {status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The build backend of one source tree (PEP 517, 518).

    Arguments:
        project: what people call it.
        source: folder with pyproject.toml or setup.py.
        environment: where the backend runs.
        prefix: arguments that the interpreter is started behind (the exec mode).
        variables: the whole environment of the hooks.
        processes: starts them.
        log: takes what they say.
        config_settings: passed to the hooks as they are.
    """

    project: str
    source: Path
    environment: Environment
    prefix: tuple[str, ...]
    variables: Mapping[str, str]
    processes: Processes
    log: Path
    config_settings: Mapping[str, str | Sequence[str]]

    def requires(self) -> tuple[str, ...]:
        """Return `build-system.requires`, or PEP 518's default.

        Raises:
            BadInputError: pyproject.toml is damaged.
        """
        return tuple(sorted(self._builder().build_system_requires))

    def requires_for(self, distribution: Distribution) -> tuple[str, ...]:
        """Return what the backend's `get_requires_for_build_…` hook adds.

        Raises:
            RefusedError: the hook failed.
        """
        hook = f"get_requires_for_build_{distribution}"
        # A set of strings, if the backend is as its protocol says.
        answer = self._call(hook, lambda builder: builder.get_requires_for_build(distribution, self.config_settings))
        if wrong := wrong_requirements(tuple(answer)):
            raise self._unusable(hook, wrong)
        return tuple(sorted(answer))

    def build(self, distribution: Distribution, out: Path) -> Path:
        """Build into a folder and return the path of what was built.

        Raises:
            RefusedError: the hook failed, and the error has the telling lines of its log; or what it answered is not
                what it has to answer, or not of this project.
        """
        hook = f"build_{distribution}"
        made = Path(self._call(hook, lambda builder: builder.build(distribution, str(out), self.config_settings)))
        wrong = wrong_file(made, out, distribution)
        if not wrong and distribution == "wheel":
            wrong = wrong_wheel(made.name, self.source)
        if wrong:
            raise self._unusable(hook, wrong)
        return made

    def _builder(self) -> "ProjectBuilder":
        import build

        try:
            return build.ProjectBuilder(self.source, str(self.environment.python), self._run)
        except build.BuildException as error:
            raise BadInputError(
                f"{self.project} has no usable pyproject.toml",
                why=str(error),
                hint="`[build-system]` has to be as PEP 518 says",
            ) from error

    def _call(self, hook: str, call: "Callable[[ProjectBuilder], _Answer]") -> _Answer:
        import build

        builder = self._builder()
        try:
            # The hooks' own warnings are raised again here; they are the log's.
            with warnings.catch_warnings(record=True) as raised:
                warnings.simplefilter("always")
                answer = call(builder)
        except (build.BuildBackendException, build.BuildException) as error:
            cause = error.exception if isinstance(error, build.BuildBackendException) else error
            raise self._failure(hook, cause) from error
        except _HookFailedError as error:
            raise self._failure(hook, error) from error
        except TypeError as error:  # `build` joins what should be a name to a path, whatever it is
            raise self._unusable(hook, f"what it returned is no name of a file: {error}") from error
        with self.log.open("a", encoding="utf-8") as log:
            log.writelines(f"{warning.message}\n" for warning in raised)
        return answer

    def _unusable(self, hook: str, wrong: str) -> RefusedError:
        return RefusedError(
            f"{hook} of {self.project} gave nothing that can be used",
            why=wrong,
            hint="PEP 517 says what a hook has to return: tell the makers of the project's build backend",
            log=str(self.log),
        )

    def _failure(self, hook: str, cause: BaseException) -> RefusedError | LackError:
        output = cause.output if isinstance(cause, _HookFailedError) else str(cause)
        # A compiler that finds no room may just abort, without a word.
        if "No space left on device" in output or shutil.disk_usage(self.source).free < _NO_ROOM:
            return StorageError(
                f"{hook} failed",
                why="the disk is full",
                hint="make room, or give another cache folder (CROSSWHEEL_CACHE)",
                details=telling_lines(output),
                log=str(self.log),
            )
        if lacking := what_rust_lacks(output):
            return LackError(
                f"{hook} of {self.project} failed",
                why=lacking[0],
                hint=lacking[1],
                details=telling_lines(output),
                log=str(self.log),
            )
        if compiler := missing_compiler(output):
            return RefusedError(
                f"{hook} of {self.project} failed",
                why=compiler[0],
                hint=compiler[1],
                details=telling_lines(output),
                log=str(self.log),
            )
        return RefusedError(
            f"{hook} of {self.project} failed",
            why="the build backend, or a compiler that it called, ended with an error",
            hint="the log has all of it; a missing library of the target is added with --native DEBIAN-PACKAGE",
            details=telling_lines(output),
            log=str(self.log),
        )

    def _run(self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        done = self.processes.run(
            Command(
                argv=(*self.prefix, *cmd),
                environment={**self.variables, **(extra_environ or {})},
                directory=Path(cwd or self.source),
            ),
            log=self.log,
        )
        if done.returncode != 0:
            raise _HookFailedError(done.output, done.returncode)
