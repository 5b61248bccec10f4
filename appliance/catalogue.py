"""The catalogue of every French sentence, and the rules they obey. A developer's tool (`test` extra).

python -m appliance.catalogue            writes appliance/locales/boite.pot
python -m appliance.catalogue --check    fails when it is not fresh, or a sentence breaks a rule
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from appliance.i18n import DOMAIN, LOCALES

ROOT = Path(__file__).parents[1]
POT = LOCALES / f"{DOMAIN}.pot"
FOLDERS = ("appliance", "web")
METHODS = [("**.py", "python"), ("**/templates/**.*", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}

AVOIDED = {
    r"utilisateur": "élève, enseignant·e, famille",
    r"\btokens?\b": "clé, code",
    r"\bupload|télévers": "envoyer, porter",
    r"\bcloud\b": "le nom du lieu",
    r"erreur \d": "ce qui s’est passé et que faire",
    r"\blogin\b": "ouvrir la classe",
    r"compte élève": "badge",
    r"RGPD conforme|conforme au RGPD": "rien : cela ne garantit rien",
}
"""Words that no teacher, pupil or family reads (law.md §6, look.md), and what to say instead."""


def extract() -> Catalog:
    """Return every sentence in the sources, in a stable order and without line numbers."""
    catalog = Catalog(project="La boîte à traces", charset="utf-8", fuzzy=False)
    found: dict[str | tuple[str, ...], set[str]] = {}
    for folder in FOLDERS:
        for path, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, METHODS, keywords=KEYWORDS
        ):
            found.setdefault(message, set()).add(f"{folder}/{path}")
    for message in sorted(found, key=str):
        catalog.add(message, locations=[(path, None) for path in sorted(found[message])])  # type: ignore[misc]
    return catalog


def problems(catalog: Catalog) -> Iterator[str]:
    """Yield one line per sentence that breaks a rule, and per template that holds a bare one."""
    for message in catalog:
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            yield from _problems_of(text)
    for template in sorted((ROOT / "web/templates").rglob("*.html")):
        for text in _bare_sentences(template):
            yield f"{template.relative_to(ROOT)}: « {text} » is not marked with _()"


def is_fresh(catalog: Catalog) -> bool:
    """Whether the file holds exactly the sentences of the sources."""
    if not POT.is_file():
        return False
    with POT.open("rb") as file:
        written = read_po(file)
    return {m.id for m in written if m.id} == {m.id for m in catalog if m.id}


def main() -> int:
    """Write or check the catalogue; 1 when a rule is broken."""
    catalog = extract()
    broken = list(problems(catalog))
    if "--check" in sys.argv:
        if not is_fresh(catalog):
            broken.append(f"{POT.relative_to(ROOT)} is not fresh: run python -m appliance.catalogue")
    else:
        LOCALES.mkdir(exist_ok=True)
        buffer = BytesIO()
        write_po(buffer, catalog, omit_header=False, sort_output=True)
        text = re.sub(r'^"(POT-Creation-Date|Generated-By).*\n', "", buffer.getvalue().decode(), flags=re.M)
        POT.write_text(text)
    sys.stdout.write("".join(f"{line}\n" for line in broken) or f"{len(catalog)} sentences\n")
    return 1 if broken else 0


def _problems_of(text: str) -> Iterator[str]:
    for pattern, instead in AVOIDED.items():
        if re.search(pattern, text, re.IGNORECASE):
            yield f"« {text} »: say {instead}"
    if "'" in text:
        yield f"« {text} »: the apostrophe is ’"
    if "\u00a0" in text:
        yield f"« {text} »: type plain spaces, `_` sets the no-break ones"


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent and re.search(r"[A-Za-zÀ-ÿ]{2}", data):
            self.texts.append(" ".join(data.split()))


def _bare_sentences(template: Path) -> list[str]:
    source = template.read_text()
    source = re.sub(r"\{%-?\s*trans.*?endtrans\s*-?%\}", "", source, flags=re.DOTALL)
    source = re.sub(r"\{% block \w+ %\}[a-z -]+\{% endblock %\}", "", source)
    source = re.sub(r"(</?)\{\{.*?\}\}", r"\1x", source)
    source = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    parser = _Texts()
    parser.feed(source)
    return parser.texts


if __name__ == "__main__":
    sys.exit(main())
