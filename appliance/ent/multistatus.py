"""Reads what a WebDAV server answers to PROPFIND (RFC 4918 §13), and nothing more of XML.

A document type is refused before anything in it is read: no entity, no outside file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from appliance.ent.names import normal
from appliance.ent.ports import EntOddAnswer

PROPERTIES = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>'
)
"""The body of the PROPFIND that lists."""
ROOM = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<propfind xmlns="DAV:"><prop><quota-available-bytes/></prop></propfind>'
)
"""The body of the PROPFIND that asks how much room is left (RFC 4331)."""

_DAV = "{DAV:}"


@dataclass(frozen=True)
class Entry:
    """One thing on the server."""

    href: str
    """Its path as the server writes it, percent-encoded."""
    is_folder: bool
    size: int | None
    """In bytes; None for a folder, or when the server does not say."""
    modified: datetime | None = field(default=None, compare=False)
    """By the server's clock; None when it does not say."""

    @property
    def place(self) -> str:
        """Its path in the one form in which paths are compared."""
        return place(self.href)

    @property
    def name(self) -> str:
        """Its own name."""
        return self.place.rpartition("/")[2]


def place(href: str) -> str:
    """Return a percent-encoded path decoded, NFC, without a final slash."""
    return normal(unquote(href)).rstrip("/")


def read(body: bytes) -> list[Entry]:
    """Return the entries of a multistatus; EntOddAnswer when it is none."""
    return list(_entries(_root(body)))


def read_room(body: bytes) -> int | None:
    """Return the bytes left for the account, or None when the server does not say or has no limit.

    EntOddAnswer when the body is no multistatus.
    """
    left = _root(body).findtext(f".//{_DAV}quota-available-bytes") or ""
    # Nextcloud writes -3 for « without a limit ».
    return int(left) if left.strip().isdecimal() else None


def _root(body: bytes) -> ElementTree.Element:
    parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314  it refuses what that rule is about
    try:
        parser.feed(body)
        root = parser.close()
    except ElementTree.ParseError as error:
        raise EntOddAnswer from error
    if root.tag != f"{_DAV}multistatus":
        raise EntOddAnswer
    element: ElementTree.Element = root
    return element


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise EntOddAnswer


def _entries(root: ElementTree.Element) -> Iterator[Entry]:
    for response in root.iter(f"{_DAV}response"):
        href = urlsplit(response.findtext(f"{_DAV}href", "").strip()).path
        properties = next(
            (
                found
                for stat in response.iter(f"{_DAV}propstat")
                if " 200" in stat.findtext(f"{_DAV}status", "")
                and (found := stat.find(f"{_DAV}prop")) is not None
            ),
            None,
        )
        if not href or properties is None:
            continue
        is_folder = properties.find(f"{_DAV}resourcetype/{_DAV}collection") is not None
        length = properties.findtext(f"{_DAV}getcontentlength", "").strip()
        size = int(length) if length.isdecimal() and not is_folder else None
        yield Entry(href, is_folder, size, _moment(properties.findtext(f"{_DAV}getlastmodified", "")))


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text.strip())
    except ValueError:
        return None
