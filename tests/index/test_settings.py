"""pip's and uv's settings, as those tools read them."""

import os
import ssl
from pathlib import Path

import pytest

from crosswheel.errors import CrosswheelError, UsageError
from crosswheel.index import IndexSettings, read_index_settings
from crosswheel.index.settings import default_index
from crosswheel.transport import ClientSettings

_NOBODY = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


def _read(environ: dict[str, str], folder: Path, *, offline: bool = False) -> IndexSettings:
    (folder / "project").mkdir(exist_ok=True)
    return read_index_settings(
        environ,
        home=folder / "home",
        directory=folder / "project",
        prefix=folder / "venv",
        system=folder / "etc",
        offline=offline,
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_settings_the_default_index_is_asked(tmp_path: Path) -> None:
    import pypi_simple

    settings = _read(_NOBODY, tmp_path)
    assert settings.indexes == (pypi_simple.PYPI_SIMPLE_ENDPOINT,)
    assert default_index() == pypi_simple.PYPI_SIMPLE_ENDPOINT
    assert settings.find_links == ()
    client = settings.client
    assert (client.timeout, client.retries, client.offline, client.proxy) == (15.0, 5, False, None)


def test_pip_environment(tmp_path: Path) -> None:
    settings = _read(
        {
            **_NOBODY,
            "PIP_INDEX_URL": "https://index.example/simple",
            "PIP_EXTRA_INDEX_URL": "https://one.example/simple\n  https://two.example/simple",
            "PIP_FIND_LINKS": "wheels ~/more https://links.example/",
            "PIP_TRUSTED_HOST": "one.example https://Two.example:8443/",
            "PIP_CERT": "certificates.pem",
            "PIP_CLIENT_CERT": "~/client.pem",
            "PIP_PROXY": "http://proxy.example:3128",
            "PIP_DEFAULT_TIMEOUT": "180",
            "PIP_RETRIES": "0",
        },
        tmp_path,
    )
    assert settings.indexes == (
        "https://one.example/simple",
        "https://two.example/simple",
        "https://index.example/simple",
    )
    assert settings.find_links == (
        (tmp_path / "project" / "wheels").as_uri(),
        (tmp_path / "home" / "more").as_uri(),
        "https://links.example/",
    )
    assert settings.client == ClientSettings(
        certificates=str(tmp_path / "project" / "certificates.pem"),
        client_certificate=str(tmp_path / "home" / "client.pem"),
        trusted_hosts=frozenset({"one.example", "two.example:8443"}),
        proxy="http://proxy.example:3128",
        timeout=180.0,
        retries=0,
    )


def test_pip_files_from_the_global_to_the_virtual_environment(tmp_path: Path) -> None:
    _write(tmp_path / "etc/xdg/pip/pip.conf", "[global]\nindex-url = https://a.example/\ntimeout = 7\nretries = 1\n")
    _write(tmp_path / "home/.config/pip/pip.conf", "[global]\nindex_url = https://b.example/\nretries = 2\n")
    _write(tmp_path / "venv/pip.conf", "[global]\nindex-url = https://c.example/\n")
    _write(tmp_path / "etc/pip.conf", "[global]\ntimeout = 8\n")
    settings = _read({"UV_NO_CONFIG": "1"}, tmp_path)
    assert settings.indexes[-1] == "https://c.example/"
    assert (settings.client.timeout, settings.client.retries) == (8.0, 2)


def test_pip_lists_may_be_on_lines_of_their_own(tmp_path: Path) -> None:
    _write(
        tmp_path / "home/.pip/pip.conf",
        "[global]\nfind-links =\n    /one\n    /two\nextra-index-url = file:///three/simple file:///four/simple\n",
    )
    settings = _read({"UV_NO_CONFIG": "1"}, tmp_path)
    assert settings.find_links == ("file:///one", "file:///two")
    assert settings.indexes[:2] == ("file:///three/simple", "file:///four/simple")


def test_pip_environment_replaces_its_files(tmp_path: Path) -> None:
    _write(
        tmp_path / "home/.config/pip/pip.conf", "[global]\nfind-links = /one\nextra-index-url = https://a.example/\n"
    )
    settings = _read({"UV_NO_CONFIG": "1", "PIP_FIND_LINKS": "/two"}, tmp_path)
    assert settings.find_links == ("file:///two",)
    assert settings.indexes[0] == "https://a.example/"


def test_pip_sections_lie_over_each_other(tmp_path: Path) -> None:
    _write(
        tmp_path / "home/.config/pip/pip.conf",
        "[install]\nindex-url = https://install.example/\n[global]\nno-index = no\n",
    )
    _write(tmp_path / "venv/pip.conf", "[global]\nindex-url = https://global.example/\n[list]\nformat = json\n")
    assert _read({"UV_NO_CONFIG": "1"}, tmp_path).indexes == ("https://install.example/",)


def test_pip_config_file_replaces_the_users(tmp_path: Path) -> None:
    _write(tmp_path / "home/.config/pip/pip.conf", "[global]\nindex-url = https://user.example/\ntimeout = 9\n")
    _write(tmp_path / "own.conf", "[global]\nindex-url = https://own.example/\n")
    own = _read({"UV_NO_CONFIG": "1", "PIP_CONFIG_FILE": str(tmp_path / "own.conf")}, tmp_path)
    assert (own.indexes, own.client.timeout) == (("https://own.example/",), 15.0)
    gone = _read({"UV_NO_CONFIG": "1", "PIP_CONFIG_FILE": str(tmp_path / "gone.conf")}, tmp_path)
    assert gone.client.timeout == 9.0


def test_xdg_config_home_is_heeded(tmp_path: Path) -> None:
    _write(tmp_path / "xdg/pip/pip.conf", "[global]\ntimeout = 3\n")
    _write(tmp_path / "xdg/uv/uv.toml", 'index-url = "https://uv.example/"\n')
    settings = _read({"XDG_CONFIG_HOME": str(tmp_path / "xdg")}, tmp_path)
    assert (settings.client.timeout, settings.indexes) == (3.0, ("https://uv.example/",))


def test_uv_environment(tmp_path: Path) -> None:
    settings = _read(
        {
            **_NOBODY,
            "UV_DEFAULT_INDEX": "main=https://main.example/simple",
            "UV_INDEX": "in-ner=https://inner.example/simple https://plain.example/simple",
            "UV_EXTRA_INDEX_URL": "https://extra.example/simple",
            "UV_INDEX_IN_NER_USERNAME": "me",
            "UV_INDEX_IN_NER_PASSWORD": "pa/ss",
            "UV_FIND_LINKS": "wheels,https://links.example/",
            "UV_INSECURE_HOST": "inner.example",
            "UV_HTTP_TIMEOUT": "40",
            "UV_OFFLINE": "1",
        },
        tmp_path,
    )
    assert settings.indexes == (
        "https://me:pa%2Fss@inner.example/simple",
        "https://plain.example/simple",
        "https://extra.example/simple",
        "https://main.example/simple",
    )
    assert settings.find_links == ((tmp_path / "project" / "wheels").as_uri(), "https://links.example/")
    assert settings.client.trusted_hosts == {"inner.example"}
    assert (settings.client.timeout, settings.client.offline) == (40.0, True)


def test_uv_files(tmp_path: Path) -> None:
    _write(
        tmp_path / "project/pyproject.toml",
        """
[[tool.uv.index]]
name = "inner"
url = "https://inner.example/simple"
default = true
[[tool.uv.index]]
name = "pinned"
url = "https://pinned.example/simple"
explicit = true
[[tool.uv.index]]
url = "../flat"
format = "flat"
[[tool.uv.index]]
url = "https://more.example/simple"
""",
    )
    _write(
        tmp_path / "home/.config/uv/uv.toml",
        'index-url = "https://user.example/simple"\nextra-index-url = ["https://extra.example/simple"]\n'
        'find-links = ["./wheels"]\nallow-insecure-host = ["user.example"]\n',
    )
    settings = _read({"PIP_CONFIG_FILE": os.devnull}, tmp_path)
    assert settings.indexes == (
        "https://more.example/simple",
        "https://extra.example/simple",
        "https://inner.example/simple",
    )
    assert settings.find_links == ((tmp_path / "flat").as_uri(), (tmp_path / "home/.config/uv/wheels").as_uri())
    assert settings.client.trusted_hosts == {"user.example"}


def test_uv_toml_beats_pyproject_beside_it_and_a_folder_above_counts(tmp_path: Path) -> None:
    _write(tmp_path / "uv.toml", 'index-url = "https://toml.example/"\n')
    _write(tmp_path / "pyproject.toml", '[tool.uv]\nindex-url = "https://pyproject.example/"\n')
    _write(tmp_path / "etc/uv/uv.toml", 'extra-index-url = ["https://system.example/"]\n')
    found = _read({"PIP_CONFIG_FILE": os.devnull}, tmp_path).indexes
    assert found == ("https://system.example/", "https://toml.example/")


def test_credentials_are_not_in_what_a_traceback_shows(tmp_path: Path) -> None:
    secret = {"PIP_INDEX_URL": "https://me:secret@index.example/", "PIP_PROXY": "http://me:secret@proxy.example"}
    assert "secret" not in repr(_read({**_NOBODY, **secret}, tmp_path))


def test_uv_config_file_replaces_all(tmp_path: Path) -> None:
    _write(tmp_path / "project/uv.toml", 'index-url = "https://project.example/"\n')
    _write(tmp_path / "own.toml", 'index-url = "https://own.example/"\n')
    own = {"PIP_CONFIG_FILE": os.devnull, "UV_CONFIG_FILE": str(tmp_path / "own.toml")}
    assert _read(own, tmp_path).indexes == ("https://own.example/",)


def test_who_wins(tmp_path: Path) -> None:
    everything = {
        "UV_DEFAULT_INDEX": "https://1.example/",
        "PIP_INDEX_URL": "https://2.example/",
        "UV_HTTP_TIMEOUT": "1",
        "PIP_TIMEOUT": "2",
    }
    _write(
        tmp_path / "home/.config/uv/uv.toml",
        'index-url = "https://3.example/"\nextra-index-url = ["https://5.example/"]',
    )
    _write(
        tmp_path / "home/.config/pip/pip.conf",
        "[global]\nindex-url = https://4.example/\nextra-index-url = https://6.example/\n",
    )
    found = []
    for name in ("", "UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        everything.pop(name, None)
        found.append(_read(everything, tmp_path).indexes)
    extras = ("https://5.example/", "https://6.example/")
    assert found == [(*extras, f"https://{number}.example/") for number in (1, 2, 3)]
    assert _read(everything, tmp_path).client.timeout == 1.0
    (tmp_path / "home/.config/uv/uv.toml").unlink()
    assert _read(everything, tmp_path).indexes == ("https://6.example/", "https://4.example/")


def test_no_index_leaves_find_links(tmp_path: Path) -> None:
    settings = _read({**_NOBODY, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}, tmp_path)
    assert (settings.indexes, settings.find_links) == ((), ("file:///wheels",))
    assert _read({**_NOBODY, "PIP_NO_INDEX": "false"}, tmp_path).indexes != ()


def test_certificates_in_the_order_that_people_expect(tmp_path: Path) -> None:
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR")
    for name in names:
        (tmp_path / name).mkdir() if name.endswith("DIR") else (tmp_path / name).touch()
    environ = {**_NOBODY, "PIP_CERT": "/named.pem"} | {name: str(tmp_path / name) for name in names}
    assert _read(environ, tmp_path).client.certificates == "/named.pem"
    del environ["PIP_CERT"]
    for name in names:
        assert _read(environ, tmp_path).client.certificates == str(tmp_path / name)
        environ[name] = str(tmp_path / "gone")
    system = ssl.get_default_verify_paths()
    assert _read(environ, tmp_path).client.certificates in {None, system.openssl_cafile, system.openssl_capath}


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"PIP_TIMEOUT": "soon"}, "PIP_TIMEOUT is 'soon'"),
        ({"PIP_RETRIES": "-1"}, "PIP_RETRIES is '-1'"),
        ({"PIP_NO_INDEX": "maybe"}, "PIP_NO_INDEX is 'maybe'"),
        ({"UV_OFFLINE": "2"}, "UV_OFFLINE is '2'"),
        ({"PIP_INDEX_URL": "ftp://me:secret@index.example/"}, "ftp://index.example/ is no index"),
        ({"PIP_INDEX_URL": "http://me:secret@[::1"}, r"http://\[::1 is no index"),
        ({"UV_INDEX": "one=http://[::1", "UV_INDEX_ONE_PASSWORD": "secret"}, r"http://\[::1 is no index"),
        ({"UV_NO_CONFIG": "", "UV_CONFIG_FILE": "gone.toml"}, "UV_CONFIG_FILE"),
    ],
)
def test_a_value_that_is_none_is_told(tmp_path: Path, environ: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        _read({**_NOBODY, **environ}, tmp_path)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("home/.config/pip/pip.conf", "no section"),
        ("home/.config/pip/pip.conf", "\udcff"),
        ("home/.config/uv/uv.toml", "no = toml ="),
        ("home/.config/uv/uv.toml", "index = 3"),
        ("home/.config/uv/uv.toml", "[[index]]\nname = 'x'"),
        ("home/.config/uv/uv.toml", 'find-links = "x"'),
    ],
)
def test_a_file_that_is_broken_is_named(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(CrosswheelError, match=str(path)):
        _read({}, tmp_path)


def test_a_broken_pyproject_is_left_to_its_build(tmp_path: Path) -> None:
    _write(tmp_path / "project/pyproject.toml", "broken = = ")
    assert len(_read({"PIP_CONFIG_FILE": os.devnull}, tmp_path).indexes) == 1


def test_what_uv_is_told(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".netrc").touch()
    settings = _read(
        {
            **_NOBODY,
            "UV_DEFAULT_INDEX": "https://me:pass@index.example/simple",
            "PIP_EXTRA_INDEX_URL": f"file:///gone/simple {(tmp_path / 'there').as_uri()}",
            "PIP_FIND_LINKS": f"/gone {tmp_path / 'there'} https://links.example/",
            "PIP_CERT": "/certificates.pem",
            "PIP_PROXY": "http://proxy.example",
            "PIP_TRUSTED_HOST": "b.example a.example",
            "PIP_TIMEOUT": "0.2",
            "NO_PROXY": "index.example",
            "HOME": "/elsewhere",
            "UV_KEYRING_PROVIDER": "subprocess",
        },
        tmp_path,
        offline=True,
    )
    assert settings.uv_environment() == {
        "UV_NO_CONFIG": "1",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://me:pass@index.example/simple",
        "UV_INDEX": (tmp_path / "there").as_uri(),
        "UV_FIND_LINKS": f"{(tmp_path / 'there').as_uri()},https://links.example/",
        "SSL_CERT_FILE": "/certificates.pem",
        "HTTP_PROXY": "http://proxy.example",
        "HTTPS_PROXY": "http://proxy.example",
        "NO_PROXY": "index.example",
        "UV_INSECURE_HOST": "a.example b.example",
        "UV_OFFLINE": "1",
        "UV_HTTP_TIMEOUT": "1",
        "UV_HTTP_RETRIES": "5",
        "NETRC": str(tmp_path / "home" / ".netrc"),
    }


def test_uv_keeps_the_index_strategy_that_the_person_chose(tmp_path: Path) -> None:
    settings = _read({**_NOBODY, "UV_INDEX_STRATEGY": "first-index"}, tmp_path)
    assert settings.uv_environment()["UV_INDEX_STRATEGY"] == "first-index"
