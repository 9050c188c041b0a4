"""Selectors: texts that name many targets at once, by braces and wildcards, as cibuildwheel's build and skip do."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from crosswheel.errors import UsageError
from crosswheel.targets.architecture import names_elsewhere
from crosswheel.targets.buildable import buildable_targets, nearest_buildable, why_not_buildable
from crosswheel.targets.platforms import Manylinux, Musllinux, legacy_names
from crosswheel.targets.target import Target

_WILDCARDS = frozenset("*?[")
_POLICY = re.compile(r"(?P<family>manylinux|musllinux)(?P<version>1|2010|2014|_[0-9]+_[0-9]+)(?=[_*?\[]|$)", re.ASCII)
_MOST = 1000  # expansions of one selector: several times more than there are targets on the list


def split_selectors(text: str) -> tuple[str, ...]:
    """Return the selectors of a list, whose commas and spaces inside of braces are their own.

    Arguments:
        text: such as "cp39-manylinux_{aarch64,s390x}, cp31*-musllinux_*".
    """
    found, depth = [""], 0
    for sign in text:
        depth = max(depth + (sign == "{") - (sign == "}"), 0)
        if not depth and (sign == "," or sign.isspace()):
            found.append("")
        elif not sign.isspace():
            found[-1] += sign
    return tuple(one for one in found if one)


def parse_targets(texts: Sequence[str], skip: Sequence[str] = ()) -> tuple[Target, ...]:
    """Return the targets that a person selects, in order, each once.

    A selector is a target, or has braces ("{a,b}", "{9..13}") or wildcards ("*", "?", "[0-9]"). Braces stand for all
    texts that they expand to. What has wildcards is held against `buildable_targets`, written as cibuildwheel's
    identifiers ("cp311-manylinux_aarch64"); a policy that it names ("cp3*-manylinux_2_28_*"), or a stable ABI
    ("cp39-abi3-*"), is the selected targets' one, and those for which it is impossible are left out.

    Arguments:
        texts: each a selector, or several with commas or spaces between them.
        skip: selectors of what is left out of them. Without a policy's version they are for every version.

    Raises:
        UsageError: for all that selects nothing, together (the details hold one line for each); or nothing is left.
    """
    targets: dict[Target, None] = {}
    problems: list[UsageError] = []
    for pattern in _expanded(texts, problems):
        try:
            targets.update(dict.fromkeys(_selected(pattern)))
        except UsageError as problem:
            problems.append(problem)
    skipped = _expanded(skip, problems)
    skipped_whole: set[Target] = set()
    for pattern in skipped:
        if not _WILDCARDS.intersection(pattern):
            try:
                skipped_whole.add(Target.parse(pattern))
            except UsageError as problem:
                problems.append(problem)
    _raise(problems)
    if not targets:
        raise UsageError("no target was named", hint="for example cp311-manylinux2014_aarch64")
    kept = tuple(target for target in targets if target not in skipped_whole and not _skips(skipped, target))
    if not kept:
        raise UsageError(
            "no target is left",
            why=f"--skip {','.join(skip)} leaves out all {len(targets)} that were selected: {_some(tuple(targets))}",
            hint="skip less, or select more with --target",
        )
    return kept


def parse_target(text: str) -> Target:
    """Return the one target that a person wrote.

    Arguments:
        text: a target, or a selector of one.

    Raises:
        UsageError: it is none, or selects several.
    """
    targets = parse_targets([text])
    if len(targets) > 1:
        raise UsageError(
            f"{text!r} selects {len(targets)} targets, and one can be asked for here",
            why=_some(targets),
            hint=f"name one of them, such as {targets[0]}",
        )
    return targets[0]


def identifier(target: Target) -> str:
    """Return the target without the version of its policy, as cibuildwheel identifies it: "cp311-manylinux_aarch64".

    Arguments:
        target: any.
    """
    platform = target.platform
    if not isinstance(platform, Manylinux | Musllinux):
        return str(target)
    family = "manylinux" if isinstance(platform, Manylinux) else "musllinux"
    return f"{str(target).removesuffix(f'-{platform}')}-{family}_{platform.architecture}"


def _expanded(texts: Sequence[str], problems: list[UsageError]) -> list[str]:
    """The selectors of lists, without braces."""
    found: list[str] = []
    for text in (one.lower() for listed in texts for one in split_selectors(listed)):
        if "{" not in text:
            found.append(text)
            continue
        from bracex import ExpansionLimitException, expand

        try:
            found += expand(text, limit=_MOST)
        except (ExpansionLimitException, RecursionError):  # braces in braces, some hundred deep
            problems.append(
                UsageError(
                    f"{text[:200]!r} is no selector",
                    why=f"its braces stand for more than {_MOST} texts, or are in each other too often",
                    hint="select targets with wildcards, such as cp3*-manylinux_aarch64",
                )
            )
    return found


def _selected(pattern: str) -> tuple[Target, ...]:
    if not _WILDCARDS.intersection(pattern):
        return (Target.parse(pattern),)
    policy = _POLICY.search(pattern)
    version = policy["version"] if policy else ""
    bare = _POLICY.sub(r"\g<family>", pattern)
    stable = next((abi for abi in ("abi3", "abi3t") if f"-{abi}-" in bare), "")
    bare = bare.replace(f"-{stable}-", "-") if stable else bare
    found: list[Target] = []
    problem: UsageError | None = None
    for candidate in buildable_targets():
        if not fnmatchcase(identifier(candidate), bare):
            continue
        python, _, platform = identifier(candidate).partition("-")
        family, _, architecture = platform.partition("_")
        try:
            target = Target.parse(f"{python}{f'-{stable}' if stable else ''}-{family}{version}_{architecture}")
        except UsageError as impossible:
            problem = problem or impossible
            continue
        why = why_not_buildable(target)
        if why is None:
            found.append(target)
        else:
            hint = f"the nearest that can be built for is {nearest_buildable(target)}"
            problem = problem or UsageError(f"{target} cannot be built", why=why, hint=hint)
    if not found:
        raise _selects_nothing(pattern, bare, problem)
    return tuple(found)


def _selects_nothing(pattern: str, bare: str, problem: UsageError | None) -> UsageError:
    if problem:
        return UsageError(
            f"{pattern!r} selects no target",
            why=f"{problem.what}{problem.why and f': {problem.why}'}",
            hint=problem.hint,
        )
    python, dash, platform = bare.partition("-")
    known = [identifier(target).partition("-") for target in buildable_targets()]
    pythons, platforms = (list(dict.fromkeys(one[part] for one in known)) for part in (0, 2))
    near_python = python if any(fnmatchcase(one, python) for one in pythons) else _closest(python, [*pythons, "cp3*"])
    near_platform = platform if dash else "*"
    if not any(fnmatchcase(one, near_platform) for one in platforms):
        elsewhere = (
            f"{platform.removesuffix(old)}{new}" for old, new in names_elsewhere().items() if platform.endswith(old)
        )
        meant = (text for text in elsewhere if any(fnmatchcase(one, text) for one in platforms))
        near_platform = next(meant, "") or _closest(platform, [*platforms, "manylinux_*", "musllinux_*"])
    wrong = [f"no Python that can be built for is {python}"] if near_python != python else []
    wrong += [f"no platform that can be built for is {platform}"] if near_platform != platform and dash else []
    return UsageError(
        f"{pattern!r} selects no target",
        why=f"{' and '.join(wrong)}; wildcards stand for pieces of what is written like {''.join(known[0])}",
        hint=f"the nearest that does is {near_python}-{near_platform}; `crosswheel targets` shows the whole list",
    )


def _closest(text: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    return get_close_matches(text, names, 1, 0)[0]


def _skips(patterns: Sequence[str], target: Target) -> bool:
    names = [identifier(target), str(target)]
    platform = target.platform
    legacy = legacy_names().get(platform.glibc) if isinstance(platform, Manylinux) else None
    if legacy:
        names.append(f"{str(target).removesuffix(f'-{platform}')}-{legacy}_{target.architecture}")
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _some(targets: Sequence[Target]) -> str:
    more = len(targets) - 3
    return ", ".join(map(str, targets[:3])) + (f" and {more} more" if more > 0 else "")


def _raise(problems: Sequence[UsageError]) -> None:
    if len(problems) == 1:
        raise problems[0]
    if problems:
        lines = [f"{problem}{f' ({problem.hint})' if problem.hint else ''}" for problem in problems]
        raise UsageError(f"{len(problems)} targets cannot be read", details=lines)
