"""What the doctor finds, and how it is told: never by colour alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from appliance.i18n import _, ngettext


class Level(StrEnum):
    """How serious a finding is."""

    GREEN = "green"
    """Works."""
    AMBER = "amber"
    """The class goes on; somebody should look at it."""
    RED = "red"
    """Something of the class does not work."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    name: str
    """Stable, for programs: `disk`, `station-A.microphone`."""
    level: Level
    sentence: str
    """French: what is so."""
    remedy: str = ""
    """French: what to do; empty when there is nothing to do."""


_SIGNS = {Level.RED: "✘", Level.AMBER: "!", Level.GREEN: "✔"}


def green(name: str, sentence: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(name, Level.GREEN, sentence)


def amber(name: str, sentence: str, remedy: str) -> Finding:
    """Return a finding to look at when there is time."""
    return Finding(name, Level.AMBER, sentence, remedy)


def red(name: str, sentence: str, remedy: str) -> Finding:
    """Return a finding that stops something."""
    return Finding(name, Level.RED, sentence, remedy)


def worst(findings: Sequence[Finding]) -> Level:
    """Return the most serious level; green when there is nothing."""
    return max((finding.level for finding in findings), key=list(Level).index, default=Level.GREEN)


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return `{"worst": …, "findings": [{"name", "level", "sentence", "remedy"}]}`, JSON-ready."""
    return {"worst": worst(findings), "findings": [asdict(finding) for finding in findings]}


def as_text(findings: Sequence[Finding]) -> str:
    """Return the report that a person reads: what is broken first, each with its remedy, then a count."""
    words = {Level.RED: _("à réparer"), Level.AMBER: _("à surveiller"), Level.GREEN: _("bon")}
    width = max(len(word) for word in words.values())
    lines = []
    for level in (Level.RED, Level.AMBER, Level.GREEN):
        for finding in findings:
            if finding.level is level:
                lines.append(f"{_SIGNS[level]} {words[level]:<{width}}  {finding.sentence}")
                if finding.remedy:
                    lines.append(f"{'':<{width + 4}}→ {finding.remedy}")
    return "\n".join([*lines, "", _count(findings)])


def _count(findings: Sequence[Finding]) -> str:
    repair = sum(finding.level is Level.RED for finding in findings)
    watch = sum(finding.level is Level.AMBER for finding in findings)
    if not repair and not watch:
        return _("Tout va bien.")
    return " ".join(
        [
            ngettext("{n} point à réparer,", "{n} points à réparer,", repair).format(n=repair),
            ngettext("{n} à surveiller.", "{n} à surveiller.", watch).format(n=watch),
        ]
    )
