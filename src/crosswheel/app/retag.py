"""`retag`: the same wheel under other tags, where those are true."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from crosswheel.app.inspect import open_wheel
from crosswheel.audit import Claims, WheelFacts, audit_wheel, read_facts
from crosswheel.audit.suffix import initializers
from crosswheel.errors import CrosswheelError, RefusedError, UsageError
from crosswheel.store import atomic_write
from crosswheel.wheel import CopiedMember, NewMember, WheelName, WheelReader, with_tags, write_wheel

# Findings that contradict a tag. CW114 does not, but RECORD is written anew, and would hide it from then on.
_ABOUT_TAGS = frozenset(
    {
        "CW101", "CW102", "CW103", "CW104", "CW105", "CW106", "CW107", "CW114", "CW116", "CW117", "CW118",
        "CW119", "CW122", "CW123", "CW131",
    }
)  # fmt: skip
_TAG = re.compile("[a-z0-9_]+", re.ASCII)
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTags:
    """Tags that wheels get; None where they keep theirs.

    Arguments:
        python: such as ("py2", "py3").
        abi: such as ("abi3",).
        platform: such as ("manylinux_2_17_aarch64", "manylinux2014_aarch64").
    """

    python: tuple[str, ...] | None
    abi: tuple[str, ...] | None
    platform: tuple[str, ...] | None

    @classmethod
    def parse(cls, *, python: str | None, abi: str | None, platform: str | None) -> Self:
        """Return the tags that a person wrote, several with dots between them (PEP 425, compressed tag sets).

        Raises:
            UsageError: one of them is no tag, or there is none at all.
        """
        if python is None and abi is None and platform is None:
            raise UsageError(
                "no new tag was given",
                why="a wheel without one would stay what it is",
                hint="add one, such as --platform-tag manylinux_2_28_aarch64",
            )
        return cls(
            python=_tags("--python-tag", python),
            abi=_tags("--abi-tag", abi),
            platform=_tags("--platform-tag", platform),
        )

    def of(self, name: WheelName) -> WheelName:
        """Return a wheel's name with these tags."""
        return replace(
            name,
            python_tags=self.python or name.python_tags,
            abi_tags=self.abi or name.abi_tags,
            platform_tags=self.platform or name.platform_tags,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetaggedWheel:
    """A wheel under other tags.

    Arguments:
        source: the wheel that it was made of.
        path: where it is.
        lies: what is not true of its tags; empty unless that was forced.
    """

    source: Path
    path: Path
    lies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRetag:
    """A wheel that got no other tags.

    Arguments:
        source: as it was named.
        error: why.
    """

    source: Path
    error: CrosswheelError


def retag_all(
    paths: Sequence[Path], tags: NewTags, *, out: Path, force: bool, source_date_epoch: int
) -> list[RetaggedWheel | FailedRetag]:
    """Write wheels again with other tags; a failure of one does not stop the others.

    Arguments:
        paths: of the wheels.
        tags: that they get.
        out: folder of the new wheels; a file of the same name in it is replaced at once, or not at all.
        force: whether tags may be untrue.
        source_date_epoch: seconds since 1970, UTC: the date of every file in them.
    """
    results: list[RetaggedWheel | FailedRetag] = []
    made: dict[str, Path] = {}
    sources = {path.resolve(): path for path in paths}
    for path in paths:
        try:
            name = str(tags.of(WheelName.parse(path.name)))
            if name in made:
                raise UsageError(
                    f"{path} would become {name}",
                    why=f"{made[name]} did so already",
                    hint="give them folders of their own, with a --out for each",
                )
            overwritten = sources.get((out / name).resolve())
            if overwritten is not None and overwritten != path:
                raise UsageError(
                    f"{path} would become {overwritten}",
                    why="that is one of the wheels that are to be retagged",
                    hint="name another folder with --out",
                )
            results.append(_retag(path, tags, out=out, force=force, source_date_epoch=source_date_epoch))
            made[name] = path
        except CrosswheelError as error:
            results.append(FailedRetag(source=path, error=error))
    return results


def _retag(path: Path, tags: NewTags, *, out: Path, force: bool, source_date_epoch: int) -> RetaggedWheel:
    with open_wheel(path) as reader:
        reader.require_sound()
        name = tags.of(reader.name)
        lies, true_tags = _lies(read_facts(reader), name)
        if lies and not force:
            raise _refusal(name, lies, () if tags.platform is None else true_tags)
        destination = out / str(name)
        with atomic_write(destination) as file:
            write_wheel(file, _members(reader, name), dist_info=reader.dist_info, source_date_epoch=source_date_epoch)
    return RetaggedWheel(source=path, path=destination, lies=lies)


def _lies(facts: WheelFacts, name: WheelName) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what would not be true under that name, one line each, and the platform tags that would be."""
    claims = Claims.of_wheel(name)
    wheel_metadata = replace(facts.wheel_metadata, tags=name.tags)
    report = audit_wheel(replace(facts, name=name, wheel_metadata=wheel_metadata), claims)
    unknown = [f"no installer is known that takes a wheel for {', '.join(claims.unknown)}"] if claims.unknown else []
    found = [str(finding) for finding in report.errors if finding.code in _ABOUT_TAGS]
    return (*unknown, *_too_wide(facts, name), *found), report.platform_tags


def _too_wide(facts: WheelFacts, name: WheelName) -> Iterator[str]:
    """Yield why what was for one ABI or platform is not for none or any, which the files themselves need not tell."""
    if "any" in name.platform_tags and "any" not in facts.name.platform_tags:
        for path in sorted((*facts.elf_files, *facts.mach_files, *facts.pe_files))[:1]:
            own = ".".join(facts.name.platform_tags)
            yield f"{path} is machine code for {own}, and any says that there is none"
    if "none" in name.abi_tags and "none" not in facts.name.abi_tags:
        for path in sorted((*facts.elf_files, *facts.mach_files, *facts.pe_files)):
            if initializers(facts, path):
                own = ".".join(facts.name.abi_tags)
                yield f"{path} is an extension module for {own}, and none says that it has no ABI"
                return


def _refusal(name: WheelName, lies: Sequence[str], true_tags: Sequence[str]) -> RefusedError:
    more = f" (and {len(lies) - 1} more)" if len(lies) > 1 else ""
    carried = "keep the tags that it had"
    if true_tags and not set(name.platform_tags) <= set(true_tags):
        carried = f"its platform tag may be {true_tags[0]}"
    return RefusedError(
        f"{name} would be a lie",
        why=lies[0] + more,
        hint=f"{carried}; --force writes it all the same",
        details=lies[1:_MOST_TOLD],
    )


def _members(reader: WheelReader, name: WheelName) -> list[CopiedMember | NewMember]:
    wheel_file = f"{reader.dist_info}/WHEEL"
    return [
        NewMember(path=path, content=with_tags(reader.read(path), name.tags))
        if path == wheel_file
        else CopiedMember(path=path, reader=reader)
        for path in reader.members
    ]


def _tags(option: str, text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    tags = tuple(dict.fromkeys(text.split(".")))
    if not all(_TAG.fullmatch(tag) for tag in tags):
        raise UsageError(
            f"{option} {text} is no tag",
            why="a tag is made of small letters, digits and _; several of them have dots between them",
            hint="write all tags that the wheel shall have, such as py2.py3",
        )
    return tags
