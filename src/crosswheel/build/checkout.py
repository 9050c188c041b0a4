"""git, as far as sources need it: a revision fetched, and what a checkout tracks.

Repositories are not trusted: no hooks and no file system monitors run, no transport that names a program (`ext::`) is
allowed, and what comes from the person is never where git could take it for an option.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from crosswheel.errors import LackError, NetworkError, RefusedError
from crosswheel.process import Command, Completed, Processes
from crosswheel.transport import credentials_of, without_credentials

_LONGEST_LIST = 1 << 20  # characters
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT_COMMIT = re.compile(r"[0-9a-f]{4,63}")
# Set while a git hook runs; they would lead git to another repository.
_LEADING = frozenset({
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF", "GIT_TRACE",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """The git program.

    Arguments:
        program: its path.
        processes: starts it.
        environment: the person's own: proxies, certificates, credential helpers and ssh agents are theirs.
    """

    program: str
    processes: Processes
    environment: Mapping[str, str]

    def resolve(self, url: str, ref: str | None) -> str | None:
        """Return the full commit that a branch or tag of a remote repository names now; None when it names none.

        Arguments:
            url: of the repository, maybe with credentials.
            ref: branch, tag or full name; None for the default branch.

        Raises:
            NetworkError: the repository cannot be asked.
        """
        wanted = ref or "HEAD"
        done = self._run(Path("/"), url, "ls-remote", "--", without_secret(url), wanted, f"{wanted}^{{}}")
        if done.returncode:
            raise self._failed(url, "could not be asked", done)
        lines = (line.partition("\t") for line in done.output.splitlines())
        found = {name: commit for commit, _, name in lines if name}
        # A tag with a message of its own is an object; ^{} is the commit it is for. Tags come first, as in git.
        names = (wanted, f"refs/tags/{wanted}", f"refs/heads/{wanted}")
        for name in (full for short in names for full in (f"{short}^{{}}", short)):
            if name in found and _COMMIT.fullmatch(found[name]):
                return found[name]
        return None

    def check_out(self, url: str, revision: str, folder: Path) -> str:
        """Fill an empty folder with a revision, submodules and history included; return its full commit.

        Arguments:
            url: of the repository, maybe with credentials; they are not written down.
            revision: a commit, full or short.
            folder: empty.

        Raises:
            NetworkError: the repository cannot be fetched.
            RefusedError: it has no such revision.
        """
        plain = without_secret(url)
        self._must(folder, url, "init", "--quiet", "--template=", ".")
        self._must(folder, url, "remote", "add", "--", "origin", plain)
        refs = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
        self._must(folder, url, "fetch", "--quiet", "--no-recurse-submodules", "--", "origin", *refs)
        commit = self._commit(folder, url, revision)
        if commit is None and _COMMIT.fullmatch(revision):
            # On no branch and no tag, as a pull request's is; most servers give it nevertheless.
            self._run(folder, url, "fetch", "--quiet", "--no-recurse-submodules", "--", "origin", revision)
            commit = self._commit(folder, url, revision)
        if commit is None:
            raise RefusedError(
                f"{without_credentials(url)} has no revision {revision}",
                why="none of its branches and tags holds it",
                hint="give a branch, a tag, or a full commit",
            )
        self._must(folder, url, "checkout", "--quiet", "--detach", commit, "--")
        self._must(folder, url, "submodule", "--quiet", "update", "--init", "--recursive")
        return commit

    def head(self, folder: Path) -> str:
        """Return the full commit that a checkout of `check_out` is at."""
        commit = self._commit(folder, "", "HEAD")
        if commit is None:
            raise RefusedError(f"{folder} is no checkout", why="git finds no commit in it", hint="remove that folder")
        return commit

    def source_files(self, path: Path) -> tuple[list[str], list[str]] | None:
        """Return the files that git tracks in a folder, and those it neither tracks nor ignores; None if unknown."""
        lists = []
        for which in (("--cached",), ("--others", "--exclude-standard")):
            done = self._run(path, "", "ls-files", "-z", *which)
            # Warnings, names that are no text, and lists longer than what is kept of output cannot be told apart.
            if done.returncode or "\n" in done.output or "\ufffd" in done.output or len(done.output) > _LONGEST_LIST:
                return None
            lists.append([name for name in done.output.split("\0") if name])
        return lists[0], lists[1]

    def history_of(self, path: Path) -> str:
        """Return what versions are made of: the commit and its distance from the last tag; "" before the first one."""
        done = self._run(path, "", "describe", "--always", "--long", "--tags", "--abbrev=64")
        return done.output.strip() if done.returncode == 0 else ""

    def _commit(self, folder: Path, url: str, revision: str) -> str | None:
        done = self._run(folder, url, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        commit = done.output.strip().rpartition("\n")[2]
        return commit if done.returncode == 0 and _COMMIT.fullmatch(commit) else None

    def _must(self, folder: Path, url: str, *arguments: str) -> None:
        done = self._run(folder, url, *arguments)
        if done.returncode:
            raise self._failed(url, "could not be fetched", done)

    def _run(self, folder: Path, url: str, *arguments: str) -> Completed:
        settings = {
            "core.hooksPath": os.devnull,
            "core.fsmonitor": "false",
            "core.quotePath": "false",
            "advice.detachedHead": "false",
            "submodule.recurse": "false",
            **_secrets(url),
        }
        environment = {name: value for name, value in self.environment.items() if name not in _LEADING}
        given = environment.get("GIT_CONFIG_COUNT", "")
        count = int(given) if re.fullmatch("[0-9]{1,4}", given) else 0
        for number, (name, value) in enumerate(settings.items(), start=count):
            environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        environment |= {
            "GIT_CONFIG_COUNT": str(count + len(settings)),
            # A repository on a server must not read this machine's files through a submodule.
            "GIT_ALLOW_PROTOCOL": "file:https:http:ssh:git" if url.startswith("file:") else "https:http:ssh:git",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C",
        }
        return self.processes.run(
            Command(argv=(self.program, *arguments), environment=environment, directory=folder), timeout=3600
        )

    def _failed(self, url: str, what: str, done: Completed) -> NetworkError:
        said = [_without(line, _words(url)) for line in done.output.splitlines() if line.strip()]
        telling = [line for line in said if line.startswith(("fatal:", "error:", "remote:", "ssh:"))] or said
        return NetworkError(
            f"{without_credentials(url)} {what}",
            why=telling[0] if telling else f"git ended with {done.returncode}",
            hint="look at the address and the network, and at the credentials that git itself would use",
            details=said[-5:],
        )


def find_git(processes: Processes, environment: Mapping[str, str]) -> Git:
    """Return the git program on the PATH of an environment.

    Raises:
        LackError: there is none.
    """
    import shutil

    program = shutil.which("git", path=environment.get("PATH", os.defpath))
    if program is None:
        raise LackError(
            "git is not there", why="PATH has no git", hint="install git (apt install git, dnf install git)"
        )
    return Git(program=program, processes=processes, environment=environment)


def is_full_commit(ref: str | None) -> bool:
    """Tell whether a ref is a commit in full, which will never name anything else."""
    return ref is not None and _COMMIT.fullmatch(ref) is not None


def may_be_commit(ref: str | None) -> bool:
    """Tell whether a ref could be the beginning of a commit."""
    return ref is not None and _SHORT_COMMIT.fullmatch(ref) is not None


def without_secret(url: str) -> str:
    """Return the URL as git is given it: an ssh user stays, an http user and password go another way."""
    return without_credentials(url) if urlsplit(url).scheme in {"http", "https"} else url


def _secrets(url: str) -> dict[str, str]:
    """Give git the credentials through its environment: arguments can be seen by others, and it writes remotes down."""
    given = credentials_of(url)
    parts = urlsplit(url)
    if given is None or parts.scheme not in {"http", "https"}:
        return {}
    host = parts.netloc.rpartition("@")[2]
    secret = f"{quote(given[0], safe='')}:{quote(given[1], safe='')}@" if given[1] else f"{quote(given[0], safe='')}@"
    return {f"url.{parts.scheme}://{secret}{host}/.insteadOf": f"{parts.scheme}://{host}/"}


def _words(url: str) -> Sequence[str]:
    given = credentials_of(url) or ("", "")
    raw = urlsplit(url).netloc.rpartition("@")[0] if url else ""
    return sorted({word for word in (raw, given[1], quote(given[1], safe="")) if word}, key=len, reverse=True)


def _without(line: str, words: Sequence[str]) -> str:
    for word in words:
        line = line.replace(word, "****")
    return line
