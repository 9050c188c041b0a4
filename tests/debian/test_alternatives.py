"""The links that update-alternatives would make, read from the scripts that would have called it."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.debian.alternatives import Alternative, chosen_links, read_alternatives
from crosswheel.debian.deb import read_script
from crosswheel.errors import BadInputError
from crosswheel.store.tree import Tree
from made_archive import file_member, link_member, make_ar, make_deb, make_tar

# As the packages of OpenBLAS and debhelper's dh_installalternatives write them.
SCRIPT = r"""#!/bin/sh
set -e
# update-alternatives --install /usr/bin/never never /usr/bin/x 1
update-alternatives --install /usr/lib/aarch64-linux-gnu/libblas.so \
                    libblas.so-aarch64-linux-gnu \
                    /usr/lib/aarch64-linux-gnu/openblas-pthread/libblas.so 100 \
                    --slave /usr/lib/aarch64-linux-gnu/libblas.a \
                    libblas.a-aarch64-linux-gnu \
                    /usr/lib/aarch64-linux-gnu/openblas-pthread/libblas.a
if [ 1 = 1 ]; then /usr/bin/update-alternatives --quiet --install '/usr/bin/awk' 'awk' '/usr/bin/mawk' 5; fi
update-alternatives --install "$link" name /usr/bin/x 10
update-alternatives --remove awk /usr/bin/gawk
update-alternatives --install /usr/bin/it's
"""


def test_scripts_as_packages_have_them() -> None:
    libraries = "/usr/lib/aarch64-linux-gnu"
    assert read_alternatives(SCRIPT) == (
        Alternative(
            name="libblas.so-aarch64-linux-gnu",
            priority=100,
            links={
                f"{libraries}/libblas.so": f"{libraries}/openblas-pthread/libblas.so",
                f"{libraries}/libblas.a": f"{libraries}/openblas-pthread/libblas.a",
            },
        ),
        Alternative(name="awk", priority=5, links={"/usr/bin/awk": "/usr/bin/mawk"}),
    )


@pytest.mark.parametrize(
    "words", ["", "--install", "--install /a n /b", "--install /a n /b many", "--install /a n /b $(x)", "--display x"]
)
def test_what_is_no_alternative(words: str) -> None:
    assert read_alternatives(f"update-alternatives {words}\n") == ()


def test_names_that_are_not_absolute_are_left_out() -> None:
    (found,) = read_alternatives("update-alternatives --install usr/a n /b 1 --slave /c n d --slave /e n /f --slave /g")
    assert found.links == {"/e": "/f"}


@given(st.text(alphabet="/ab'\"\\ -;$\n") | st.text())
def test_any_text_is_read(text: str) -> None:
    for found in read_alternatives(f"update-alternatives --install {text}\n{text}"):
        assert all(path.startswith("/") for pair in found.links.items() for path in pair)


def test_the_highest_priority_wins_and_of_equals_the_first() -> None:
    def one(priority: int, path: str) -> Alternative:
        return Alternative(name="n", priority=priority, links={"/a": path})

    assert chosen_links([one(5, "/x"), one(50, "/y"), one(50, "/z"), one(7, "/w")]) == {"/a": "/y"}


def test_links_are_made_where_nothing_is_and_something_is_led_to(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for name in ("a", "taken", "other"):
        (tmp_path / "usr/lib" / name).write_text(name, encoding="ascii")
    for link, target in {
        "/usr/lib/deep/link": "/usr/lib/a",
        "/lib/merged": "/lib/a",
        "/usr/lib/taken": "/usr/lib/other",
        "/usr/lib/nothing": "/usr/lib/missing",
    }.items():
        tree.link(link, target, name="test")
    assert (tmp_path / "usr/lib/deep/link").readlink() == Path("../a")
    assert (tmp_path / "usr/lib/merged").read_text(encoding="ascii") == "a"
    assert (tmp_path / "usr/lib/taken").read_text(encoding="ascii") == "taken"
    assert not os.path.lexists(tmp_path / "usr/lib/nothing")


@pytest.mark.parametrize(("link", "target"), [("/../x", "/usr/lib"), ("/x", "/../etc"), ("/usr/../x", "/usr/lib")])
def test_links_never_lead_out(tmp_path: Path, link: str, target: str) -> None:
    with pytest.raises(BadInputError):
        Tree(tmp_path).link(link, target, name="test")


class TestScript:
    def test_of_a_package(self) -> None:
        control = make_tar([file_member("./control"), file_member("./postinst", b"#!/bin/sh\n")])
        deb = make_ar([("debian-binary", b"2.0\n"), ("control.tar", control), ("data.tar", make_tar([]))])
        assert read_script(io.BytesIO(deb), "postinst", name="test") == "#!/bin/sh\n"
        assert read_script(io.BytesIO(deb), "preinst", name="test") == ""

    def test_without_one(self) -> None:
        assert read_script(io.BytesIO(make_deb([])), "postinst", name="test") == ""

    def test_a_link_in_its_place(self) -> None:
        control = make_tar([link_member("./postinst", "/etc/passwd")])
        deb = make_ar([("debian-binary", b"2.0\n"), ("control.tar", control)])
        assert read_script(io.BytesIO(deb), "postinst", name="test") == ""

    def test_damage(self) -> None:
        with pytest.raises(BadInputError, match="damaged"):
            read_script(io.BytesIO(make_ar([("debian-binary", b"2.0\n")])), "postinst", name="test")
