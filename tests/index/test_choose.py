"""Which sdist answers a requirement, and what is told when none does."""

import pytest
from packaging.requirements import Requirement

from crosswheel.errors import RefusedError
from crosswheel.index.choose import choose_sdist
from crosswheel.index.file import IndexFile


def _file(
    version: str, ending: str = ".tar.gz", *, python: str | None = None, yanked: str | None = None, hashed: bool = True
) -> IndexFile:
    filename = f"pkg-{version}{ending}"
    return IndexFile(
        filename=filename,
        url=f"https://files.example/{filename}",
        kind="wheel" if ending.endswith(".whl") else "sdist",
        version=version,
        hashes={"sha256": "00"} if hashed else {},
        requires_python=python,
        yanked=yanked is not None,
        yanked_reason=yanked or "",
        size=None,
        has_metadata=False,
        origin="https://index.example/simple",
    )


def _wheel(version: str, tags: str = "cp311-cp311-manylinux_2_17_x86_64") -> IndexFile:
    return _file(version, f"-{tags}.whl")


def _chosen(requirement: str, *files: IndexFile, python: str = "3.11.2") -> str:
    return choose_sdist(Requirement(requirement), files, python).file.filename


def _told(requirement: str, *files: IndexFile, python: str = "3.11.2") -> str:
    with pytest.raises(RefusedError) as caught:
        choose_sdist(Requirement(requirement), files, python)
    assert caught.value.why
    assert caught.value.hint
    return f"{caught.value} | {caught.value.hint}"


def test_the_newest_version_is_taken() -> None:
    files = [_file("1.9"), _file("1.10"), _file("1.2"), _file("not a version")]
    assert _chosen("pkg", *files) == "pkg-1.10.tar.gz"
    assert _chosen("pkg<1.10", *files) == "pkg-1.9.tar.gz"
    assert _chosen("PKG==1.2.0", *files) == "pkg-1.2.tar.gz"


def test_pre_releases_as_pep_440_says() -> None:
    files = [_file("1.0"), _file("2.0rc1")]
    assert _chosen("pkg", *files) == "pkg-1.0.tar.gz"
    assert _chosen("pkg>=2.0rc1", *files) == "pkg-2.0rc1.tar.gz"
    assert _chosen("pkg==2.0rc1", *files) == "pkg-2.0rc1.tar.gz"
    assert _chosen("pkg", _file("2.0rc1")) == "pkg-2.0rc1.tar.gz"


def test_what_was_yanked_is_taken_only_when_named() -> None:
    files = [_file("1.0"), _file("2.0", yanked="broken on Tuesdays")]
    assert _chosen("pkg", *files) == "pkg-1.0.tar.gz"
    assert _chosen("pkg==2.0", *files) == "pkg-2.0.tar.gz"
    assert _chosen("pkg===2.0", *files) == "pkg-2.0.tar.gz"
    assert "taken back by their makers: 2.0: broken on Tuesdays" in _told("pkg>1.5", *files)
    assert "taken back" in _told("pkg==2.*", *files)


def test_the_targets_full_python_version_counts() -> None:
    files = [
        _file("1.0"),
        _file("2.0", python=">=3.12"),
        _file("3.0", python="!=3.11.2"),
        _file("4.0", python="nonsense"),
    ]
    assert _chosen("pkg<4", *files) == "pkg-1.0.tar.gz"
    assert _chosen("pkg<4", *files, python="3.11.3") == "pkg-3.0.tar.gz"
    assert _chosen("pkg<4", *files, python="3.12.0") == "pkg-3.0.tar.gz"
    assert _chosen("pkg", *files) == "pkg-4.0.tar.gz"
    told = _told("pkg==2.0", *files)
    assert "no version of pkg==2.0 is for Python 3.11.2: 2.0 requires Python >=3.12" in told


def test_a_version_without_sdist_is_passed_over_and_told() -> None:
    choice = choose_sdist(Requirement("pkg"), [_file("1.0"), _wheel("2.0"), _file("3.0", python=">=3.12")], "3.11.2")
    assert choice.file.version == "1.0"
    assert choice.passed_over == ("3.0 requires Python >=3.12", "2.0 has no sdist")


def test_without_sdist_what_there_is_is_told() -> None:
    told = _told("pkg==2.0", _file("1.0"), _wheel("2.0"))
    assert "pkg 2.0 has no sdist: the index has 1 wheels of 2.0, such as pkg-2.0-cp311" in told
    assert "there is one of 1.0" in told
    assert "no version has one" in _told("pkg", _wheel("2.0"))
    told = _told("pkg", _wheel("2.0", "py3-none-any"))
    assert "pkg-2.0-py3-none-any.whl runs everywhere as it is" in told


def test_an_unknown_version_is_answered_with_its_neighbours() -> None:
    files = [_file(f"1.{minor}") for minor in range(20)]
    assert "pkg has no version ==1.10.5: there are 1.12, 1.11, 1.10, 1.9, 1.8" in _told("pkg==1.10.5", *files)
    assert "there are 1.19, 1.18, 1.17, 1.16, 1.15" in _told("pkg==9", *files)
    assert "there are 1.4, 1.3, 1.2, 1.1, 1.0" in _told("pkg==0.1", *files)
    assert "there are 1.4, 1.3, 1.2, 1.1, 1.0" in _told("pkg==0.*", *files)
    assert "there are 1.1, 1.0" in _told("pkg===x", *files[:2])


def test_a_project_without_files_is_told() -> None:
    assert "pkg has no files" in _told("pkg")
    assert "pkg has no files" in _told("pkg", _file("not a version"))


def test_the_best_of_several_archives_is_taken() -> None:
    files = [_file("1.0", ".zip"), _file("1.0", ".tar.bz2"), _file("1.0", ".tar.gz"), _file("1.0", ".tar.Z")]
    assert _chosen("pkg", *files) == "pkg-1.0.tar.gz"
    assert _chosen("pkg", files[0], _file("1.0", ".tar.gz", hashed=False)) == "pkg-1.0.zip"
    assert "has no sdist" in _told("pkg", files[3])


def test_files_come_back_from_their_record() -> None:
    file = _file("1.0", yanked="why")
    assert IndexFile.from_record(file.to_record(), file.origin) == file
    for broken in (None, [], file.to_record()[:-1], [*file.to_record()[:-1], "yes"]):
        with pytest.raises(ValueError, match="record"):
            IndexFile.from_record(broken, "")
