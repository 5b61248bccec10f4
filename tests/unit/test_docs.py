"""The pages people read say what is there: links, folders and commands exist."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli import build_parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LAUNCHER_WORDS = {"test", "help"}
"""What `./boite` does by itself; every other word is the product's."""


def page_id(page: Path) -> str:
    return page.name


def without_code(text: str) -> str:
    """The prose: what a reader can click."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)


def anchors(page: Path) -> set[str]:
    """The fragments a page offers, as forges make them from its titles."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text())):
        if target.startswith("https://"):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.is_file() or (fragment and fragment not in anchors(file)):
            broken.append(target)
    assert broken == []


def known_commands() -> set[str]:
    """The words of `boite …`."""
    parser = build_parser()
    subcommands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return set(subcommands.choices) | LAUNCHER_WORDS


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_command_exists(page: Path) -> None:
    code = re.findall(r"```.*?```|`[^`\n]+`", page.read_text(), flags=re.S)
    mentioned = {
        word for piece in code for word in re.findall(r"(?<![\w/-])(?:\./)?boite ([a-z][\w-]*)", piece)
    }
    assert mentioned - known_commands() == set()


def map_of_the_repository() -> Iterator[str]:
    """The second column of « Où changer quoi »."""
    section = (ROOT / "README.md").read_text().partition("## Où changer quoi")[2].partition("\n## ")[0]
    for row in section.splitlines():
        cells = row.strip("|").split("|")
        if len(cells) == 2 and (path := re.fullmatch(r" `([^`]+)` ", cells[1])):
            yield path[1]


def test_every_place_of_the_map_exists() -> None:
    places = list(map_of_the_repository())
    assert len(places) > 15
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_every_part_of_the_house_is_on_the_map() -> None:
    mapped = {place.rstrip("/") for place in map_of_the_repository()}
    parts = [*(ROOT / "appliance").iterdir(), *ROOT.iterdir()]
    packages = {str(p.relative_to(ROOT)) for p in parts if (p / "__init__.py").is_file()} - {"appliance"}
    missing = {p for p in packages if not any(m == p or m.startswith(f"{p}/") for m in mapped)}
    assert missing == set()


def test_the_licence_is_the_one_declared() -> None:
    first_line = (ROOT / "LICENSE").read_text().splitlines()[0]
    assert first_line.strip() == "EUROPEAN UNION PUBLIC LICENCE v. 1.2"
    assert 'license = { text = "EUPL-1.2" }' in (ROOT / "pyproject.toml").read_text()
