"""`build`: every source for every target, one orchestration for all strategies."""

import contextlib
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from crosswheel.app.cache import CachedResult, find_result, keep_result
from crosswheel.app.compilers import have_changed
from crosswheel.app.falls import all_failed, another_may_do, find_fall, keep_fall, told
from crosswheel.app.prepare import check_strategy, may_be_tried, native_versions
from crosswheel.app.request import BuildRequest, BuiltWheel, FailedBuild, Fall, Outcome
from crosswheel.app.strategies import strategies
from crosswheel.app.workshop import Workshop
from crosswheel.build import FetchedSource, FolderSource, Recipe, find_recipe, find_source
from crosswheel.errors import CrosswheelError
from crosswheel.plan import BuildInputs, CxxRuntime, Strategy
from crosswheel.store import atomic_write, sha256_of
from crosswheel.store.files import cannot_write
from crosswheel.targets import Target
from crosswheel.trial import command_words
from crosswheel.wheel import WheelName

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@dataclass(slots=True)
class _Universal:
    """Wheels of one source that this run has: those for any platform, a stable ABI or no ABI serve other targets too.

    Two Pythons that a wheel serves would each build it under the same name, with bytes of their own: the oldest of them
    does it for all, in whatever order they were asked for. A wheel for an older glibc would serve too, but has another
    name than the one that was asked for.
    """

    wheels: list[tuple["_Order", CachedResult]] = field(default_factory=list)

    def serving(self, order: "_Order") -> CachedResult | None:
        """The first wheel of this very source that the target's installers accept: of its platform, or of any."""
        target = order.target
        accepted = frozenset(map(str, target.tags()))
        for built, known in self.wheels:
            name = WheelName.parse(known.wheel.name)
            like = name.is_any or built.target.platform == target.platform
            # An unpinned requirement may mean another version on another Python.
            if like and built.fetched.digest == order.fetched.digest and not accepted.isdisjoint(name.tags):
                return known
        return None


def _in_order(targets: Sequence[Target]) -> list[Target]:
    """The targets by platform, as those were named, and of each the oldest Python first."""
    platforms = list(dict.fromkeys(target.platform for target in targets))
    return sorted(
        targets,
        key=lambda target: (
            platforms.index(target.platform),
            target.python.version,
            not target.python.stable_abi,
            target.python.free_threaded,
        ),
    )


def build_all(workshop: Workshop, request: BuildRequest) -> list[Outcome]:
    """Build every source for every target; a failure of one does not stop the others.

    Arguments:
        workshop: the run's parts.
        request: what is asked.

    Raises:
        CrosswheelError: nothing can be built at all: a target is not supported, a setting is none, results cannot be
            written.
    """
    for target in request.targets:
        check_strategy(target, request.strategy, workshop.host)
    if request.test_command is not None:
        command_words(request.test_command)
    _ = workshop.source_date_epoch, workshop.target_pythons
    _check_writable(request.out)
    outcomes: list[Outcome] = []
    for text in request.sources:
        universal = _Universal()
        of_target: dict[Target, Outcome] = {}
        for target in _in_order(request.targets):
            try:
                of_target[target] = _build_one(workshop, request, text, target, universal=universal)
            except CrosswheelError as error:
                of_target[target] = FailedBuild(source=text, target=target, error=error)
        outcomes += [of_target[target] for target in request.targets]
    return outcomes


def _build_one(
    workshop: Workshop, request: BuildRequest, text: str, target: Target, *, universal: _Universal
) -> BuiltWheel:
    begun = time.monotonic()
    with workshop.reporter.step(f"source {text}"):
        source = find_source(text, Path.cwd())
        fetched = workshop.sources.fetch(source, python_version=_assumed_version(target), leave_out=(request.out,))
    sdist = request.sdist and isinstance(source, FolderSource)
    made = _first_that_succeeds(workshop, request, fetched, target, sdist=sdist, universal=universal)
    universal.wheels.append((made.order, made.result))
    return BuiltWheel(
        source=text,
        target=target,
        path=made.path,
        sha256=made.result.sha256,
        size=made.path.stat().st_size,
        tags="-".join(made.path.stem.split("-")[-3:]),
        strategy=made.order.strategy,
        cxx_runtime=request.cxx_runtime,
        exec_mode=made.result.exec_mode,
        python=made.result.python,
        proof_level=made.result.proof_level,
        seconds=time.monotonic() - begun,
        cached=made.cached,
        warnings=(*told(made.falls), *made.result.warnings),
        linked=made.result.linked,
        falls=made.falls,
        log=made.result.log if Path(made.result.log).is_file() else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What became of an order: a result, in the cache and in the folder for results."""

    order: "_Order"
    result: CachedResult
    path: Path
    cached: bool
    falls: tuple[Fall, ...] = ()


def _first_that_succeeds(
    workshop: Workshop,
    request: BuildRequest,
    fetched: FetchedSource,
    target: Target,
    *,
    sdist: bool,
    universal: _Universal,
) -> _Made:
    """Try one strategy after the other; the error of all when none succeeds."""
    falls: list[Fall] = []
    first: _Order | None = None
    for strategy in strategies(workshop, target, request.strategy):
        if falls:
            workshop.reporter.warn(f"strategy {falls[-1].strategy} failed, {strategy} is tried: {falls[-1].error}")
        try:
            order = _order(workshop, request, fetched, target, strategy, sdist=sdist)
            served = universal.serving(order)
            if served:
                order = order.served_by(served)
            first = first or order
            remembers = request.strategy is None and not order.sdist and not falls
            remembered = _remembered(workshop, request, order) if remembers else None
            if remembered:
                return remembered
            made = _result(workshop, request, order, served)
        except CrosswheelError as error:
            if not another_may_do(error):
                raise
            falls.append(Fall(strategy=strategy, error=error))
            continue
        if first is not order:
            keep_fall(workshop.store, first.key, strategy, order.key, falls)
        return replace(made, falls=tuple(falls))
    raise all_failed(falls)


def _remembered(workshop: Workshop, request: BuildRequest, order: "_Order") -> _Made | None:
    """What an earlier run came to that fell; None where the strategy itself has succeeded since."""
    if find_result(workshop.store, order.key):
        return None
    earlier = find_fall(workshop.store, order.key)
    if earlier is None or not _holds(workshop, order.target, earlier.result):
        return None
    with workshop.store.locked("work", earlier.key):
        result = find_result(workshop.store, earlier.key)
        if result is None:  # another run (--sdist) makes it anew
            return None
        path = _deliver(result.wheel, request.out)
    fell = replace(order, strategy=earlier.strategy)
    return _Made(order=fell, result=result, path=path, cached=True, falls=earlier.falls)


def _result(workshop: Workshop, request: BuildRequest, order: "_Order", served: CachedResult | None) -> _Made:
    with workshop.store.locked("work", order.key):
        result = None if order.sdist else find_result(workshop.store, order.key)
        cached = result is not None and _holds(workshop, order.target, result)
        if result is None or not cached:
            result = _make(workshop, request, order, served)
        # While it is locked: another run that makes it anew (--sdist) takes the old one away first.
        path = _deliver(result.wheel, request.out)
    return _Made(order=order, result=result, path=path, cached=cached)


def _holds(workshop: Workshop, target: Target, result: CachedResult) -> bool:
    """Whether a kept result is all that can be had.

    What was not tried for want of a Python may be tried by now; and with another Fortran or Rust it is another build.
    """
    if have_changed(workshop, target, result.compilers):
        return False
    return not (result.untried and may_be_tried(workshop, target))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """One build, with everything that was asked and what a recipe adds."""

    fetched: FetchedSource
    target: Target
    strategy: Strategy
    recipe: Recipe | None
    native_packages: tuple[str, ...]
    config_settings: Mapping[str, str | Sequence[str]]
    sdist: bool
    key: str

    def served_by(self, known: CachedResult) -> "_Order":
        """The same with nothing to build: what is kept of it is not what the target alone would have got."""
        key = hashlib.sha256(f"{self.key} served by {known.sha256}".encode()).hexdigest()[:32]
        return replace(self, sdist=False, key=key)


def _order(
    workshop: Workshop,
    request: BuildRequest,
    fetched: FetchedSource,
    target: Target,
    strategy: Strategy,
    *,
    sdist: bool,
) -> _Order:
    recipe = find_recipe(fetched.name, workshop.recipe_folders) if fetched.name else None
    if recipe and fetched.version and not recipe.versions.contains(fetched.version, prereleases=True):
        recipe = None
    if recipe:
        workshop.reporter.note(f"{fetched.name}: {recipe.origin}")
    natives = tuple(dict.fromkeys((*request.native_packages, *(recipe.native_packages if recipe else ()))))
    if request.cxx_runtime is CxxRuntime.LIBSTDCXX:
        from crosswheel.app.gnu_cxx import gnu_cxx_package

        natives = (*natives, gnu_cxx_package(workshop, target, strategy))
    settings = {**(recipe.config_settings if recipe else {}), **request.config_settings}
    test = (request.test_command or "", *request.test_requires) if request.test else None
    inputs = BuildInputs(
        source=fetched.digest,
        target=target,
        strategy=strategy,
        exec_mode=request.exec_mode or "auto",
        target_python=workshop.target_pythons.identity(target),
        # With a security fix of a library that is linked, it is another build.
        native_packages=native_versions(workshop, target, natives, strategy),
        cxx_runtime=request.cxx_runtime,
        config_settings=settings,
        environment=recipe.environment if recipe else {},
        build_requires=recipe.build_requires if recipe else (),
        tools=workshop.tools,
        test=test,
        source_date_epoch=workshop.source_date_epoch,
    )
    return _Order(
        fetched=fetched,
        target=target,
        strategy=strategy,
        recipe=recipe,
        native_packages=natives,
        config_settings=settings,
        sdist=sdist,
        key=inputs.key(),
    )


def _make(workshop: Workshop, request: BuildRequest, order: _Order, universal: CachedResult | None) -> CachedResult:
    """Build (unless a wheel of this run serves the target too), prove, try, and keep."""
    from crosswheel.app.job import Job, Raw, build_raw
    from crosswheel.app.prepare import prepare
    from crosswheel.app.proof import Proved, prove, try_in_target, untried

    bench = prepare(
        workshop,
        order.target,
        order.strategy,
        native_packages=order.native_packages,
        exec_mode=request.exec_mode,
        compilers=universal is None,
    )
    with _work_folder(workshop, order.key) as folder:
        job = Job(
            workshop=workshop,
            bench=bench,
            folder=folder,
            project=order.fetched.name or order.fetched.origin,
            source=folder / "source",
            log=_log(workshop, order),
            config_settings=order.config_settings,
            environment=order.recipe.environment if order.recipe else {},
            build_requires=order.recipe.build_requires if order.recipe else (),
            cxx_runtime=request.cxx_runtime,
        )
        raw = Raw(files={}, warnings=(), compilers={})
        if universal:
            job.hermetic()  # has the programs that a test command may start
            proved = Proved(wheel=universal.wheel, warnings=universal.warnings, linked=universal.linked)
        else:
            with workshop.reporter.step("unpack"):
                job = job.at(workshop.sources.unpack(order.fetched, folder / "source").path)
            raw = build_raw(job, ("sdist", "wheel") if order.sdist else ("wheel",))
            proved = prove(job, raw.files["wheel"])
        level = try_in_target(job, proved.wheel, request)
        if "sdist" in raw.files:
            _deliver(raw.files["sdist"], request.out)
        return keep_result(
            workshop.store,
            order.key,
            CachedResult(
                wheel=proved.wheel,
                sha256=sha256_of(proved.wheel),
                python=f"{bench.python.version}, {bench.python.origin}",
                exec_mode=bench.launcher.mode.value,
                proof_level=level,
                untried=request.test and bench.trial_python is None,
                warnings=(*untried(bench, request), *raw.warnings, *proved.warnings),
                linked=proved.linked,
                compilers=universal.compilers if universal else raw.compilers,
                log=str(job.log),
            ),
        )


@contextlib.contextmanager
def _work_folder(workshop: Workshop, key: str) -> Iterator[Path]:
    """The folder of one build: the same path for the same inputs, should it get into the result after all."""
    from crosswheel.store.store import remove_tree

    folder = workshop.store.path("work", key[:12])
    remove_tree(folder)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield folder
    except OSError as error:
        # Many steps write small files into it: none of them has a word of its own for a full disk.
        if error.errno in _NO_ROOM:
            raise cannot_write(Path(error.filename or folder), error) from error
        raise
    finally:
        remove_tree(folder)


def _log(workshop: Workshop, order: _Order) -> Path:
    """A new log file, named so that a person finds it."""
    folder = workshop.store.root / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    name = "-".join(part for part in (order.fetched.name, order.fetched.version) if part) or "source"
    log = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}-{order.target}-{order.key[:6]}.log"
    log.write_text(f"{order.fetched.origin} for {order.target}, strategy {order.strategy}\n", encoding="utf-8")
    return log


def _deliver(file: Path, out: Path) -> Path:
    """Copy a result into the folder for results, whole or not at all."""
    final = out / file.name
    with file.open("rb") as source, atomic_write(final) as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
    return final


def _check_writable(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise cannot_write(out, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _assumed_version(target: Target) -> str:
    """The full version that Requires-Python is held against before the target's Python is there: its newest."""
    major, minor = target.python.version
    return f"{major}.{minor}.99"
