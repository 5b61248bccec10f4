"""`python -m appliance.papers PREFIX=FOLDER…`: an HTML page on standard input, its PDF on standard output.

It opens the files of these folders and nothing else: no network, no other file, no cache on the disk.
"""

import mimetypes
import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from appliance.papers.press import MISSING

BASE = "http://papers.invalid"
"""Where the page believes to be; nobody ever asks for it."""
LARGEST = 1_200 * 1024 * 1024
"""Bytes of address space: a page that runs away ends alone."""
_DIES_FIRST = "800"


def main(arguments: list[str]) -> int:
    """Print one page; return the exit code."""
    _make_expendable()
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        return MISSING
    pairs = (argument.partition("=") for argument in arguments)
    folders = {prefix: Path(folder) for prefix, _equals, folder in pairs}
    page = HTML(string=sys.stdin.buffer.read().decode(), base_url=f"{BASE}/", url_fetcher=fetcher(folders))
    sys.stdout.buffer.write(page.write_pdf(pdf_variant="pdf/ua-1", presentational_hints=True))
    return 0


def fetcher(folders: Mapping[str, Path]) -> Any:
    """Return what WeasyPrint asks for files: those of the folders; ValueError for anything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Shelf(URLFetcher):  # type: ignore[misc]  # WeasyPrint says nothing of its types
        def fetch(self, url: str, headers: Any = None) -> Any:
            path = locate(url, folders)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return Shelf()


def locate(url: str, folders: Mapping[str, Path]) -> Path:
    """Return the file that an address names, below its longest prefix; ValueError when it is elsewhere."""
    address = url.removeprefix(BASE).partition("?")[0]
    prefix = max((p for p in folders if address.startswith(f"{p}/")), key=len, default=None)
    if prefix is None or not url.startswith(f"{BASE}/"):
        raise ValueError("an address of elsewhere")
    folder = folders[prefix].resolve()
    path = (folder / unquote(address[len(prefix) + 1 :])).resolve()
    if not path.is_relative_to(folder):
        raise ValueError("a file of elsewhere")
    return path


def _make_expendable() -> None:
    # Where the unit forbids one of these, its own limits hold.
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_DIES_FIRST)
    with suppress(OSError):
        os.nice(10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
