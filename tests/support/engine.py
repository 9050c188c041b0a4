"""podman with a storage of the test's own, and images made of folders."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Podman:
    """A podman that knows the images of one test.

    Arguments:
        program: where it is.
        variables: make it use a storage of its own; a person's, passed on by crosswheel.
    """

    program: str
    variables: dict[str, str]

    def run(self, *arguments: str) -> str:
        """Run it, and return what it prints."""
        done = subprocess.run(
            [self.program, *arguments],
            env={**os.environ, **self.variables},
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_image(self, name: str, folder: Path, *, architecture: str = "arm64") -> str:
        """Make an image of a folder, and return its reference."""
        archive = folder.with_name(f"{folder.name}.tar")
        subprocess.run(["tar", "-C", folder, "-cf", archive, "."], check=True)  # noqa: S607
        self.run("import", "--os", "linux", "--arch", architecture, str(archive), f"localhost/{name}")
        archive.unlink()
        return f"localhost/{name}"

    @property
    def containers(self) -> list[str]:
        """Those that are there."""
        return self.run("ps", "--all", "--quiet").split()


def podman_in(folder: Path) -> Podman:
    """Return podman with its storage in a folder; the test is skipped where it is not installed, or does not work."""
    program = shutil.which("podman")
    if program is None:
        pytest.skip("podman is not installed")
    settings = folder / "storage.conf"
    # vfs: copies of folders, which need neither a kernel module nor a file system of a kind.
    settings.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/images"\nrunroot = "{folder}/run"\n')
    podman = Podman(program=program, variables={"CONTAINERS_STORAGE_CONF": str(settings)})
    tried = subprocess.run(
        [program, "info"],
        env={**os.environ, **podman.variables},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if tried.returncode != 0:
        pytest.skip(f"podman does not work here: {tried.stderr.strip().splitlines()[-1:]}")
    return podman
