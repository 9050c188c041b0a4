"""Index pages, in HTML (PEP 503) and JSON (PEP 691), read into files.

This module imports pypi_simple, which takes a third of a second: import it only where there is a page to read.
"""

import json
import warnings
from urllib.parse import unquote, urlsplit

from pypi_simple import DistributionPackage, ProjectPage, UnparsableFilenameError, parse_filename
from pypi_simple.errors import UnsupportedRepoVersionError

from crosswheel.errors import NetworkError
from crosswheel.index.file import IndexFile
from crosswheel.transport import Response, without_credentials


def read_page(page: Response, project: str, origin: str) -> list[IndexFile]:
    """Return the files that a page names; those whose names tell no version are left out.

    Arguments:
        page: what the server sent.
        project: whose files are looked for; "" for a page of links to anything.
        origin: the index or page, as it is shown.

    Raises:
        NetworkError: the page is none that can be read.
    """
    try:
        with warnings.catch_warnings():
            # What the parser has to say of strange pages is nothing that a person could mend.
            warnings.simplefilter("ignore")
            if page.content_type.endswith("+json"):
                read = ProjectPage.from_json_data(json.loads(page.body), page.url)
            else:
                read = ProjectPage.from_html(project, _text(page), page.url)
    except UnsupportedRepoVersionError as error:
        raise _unreadable(page, "it is of a newer kind than crosswheel knows") from error
    except Exception as error:
        raise _unreadable(page, "it is no index page") from error
    is_json = page.content_type.endswith("+json")
    # Who serves a page over the network has no business with the files of this machine.
    local = page.url.startswith("file:")
    packages = (package for package in read.packages if local or not package.url.lower().startswith("file:"))
    files = (_to_file(package, project, origin, named=is_json) for package in packages)
    return [file for file in files if file is not None]


def _text(page: Response) -> str:
    try:
        return page.body.decode(page.encoding or "utf-8", errors="replace")
    except LookupError:  # a character set that Python does not know; names and addresses are ASCII nearly everywhere
        return page.body.decode(errors="replace")


def _unreadable(page: Response, why: str) -> NetworkError:
    return NetworkError(
        f"{without_credentials(page.url)} cannot be read", why=why, hint="look at the address of the index in a browser"
    )


def _to_file(package: DistributionPackage, project: str, origin: str, *, named: bool) -> IndexFile | None:
    # The text of a link may be anything; its address ends in the file's name (as pip takes it).
    url = without_credentials(package.url)
    filename = package.filename if named else unquote(urlsplit(url).path.rpartition("/")[2])
    try:
        _, version, kind = parse_filename(filename, project or None)
    except UnparsableFilenameError:
        return None
    return IndexFile(
        filename=filename,
        url=url,
        kind=kind,
        version=version,
        hashes={name.lower(): digest.lower() for name, digest in package.digests.items()},
        requires_python=package.requires_python,
        yanked=package.is_yanked,
        yanked_reason=package.yanked_reason or "",
        size=package.size,
        has_metadata=bool(package.has_metadata),
        origin=origin,
    )
