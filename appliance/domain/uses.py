"""What may be done with what kind of capture, and what that asks for: the table of law.md §7.1."""

from enum import StrEnum

from appliance.domain.answers import Scope


class Use(StrEnum):
    """What is about to be done with a capture: a column of the table."""

    scope: Scope

    def __new__(cls, name: str, scope: Scope) -> "Use":
        use = str.__new__(cls, name)
        use._value_ = name
        use.scope = scope
        return use

    REPLAY = "replay", Scope.CLASS
    """By its author, at the station."""
    CLASS = "class", Scope.CLASS
    """Recorded, and heard by the teacher with the class."""
    TEACHER = "teacher", Scope.CLASS
    """Looked at by the teacher alone: fourteen days more than by the class (§7.2)."""
    EXHIBITION = "exhibition", Scope.CLASS
    """Shown to other pupils later: a sticker, an exhibition of sounds."""
    OWN_FAMILY = "own_family", Scope.FAMILY
    CLASS_SPACE = "class_space", Scope.CLASS_SPACE
    PARTNER = "partner", Scope.PARTNER_CLASS
    DISTRICT = "district", Scope.DISTRICT


class Kind(StrEnum):
    """What a capture is in the eyes of the law: a row of the table."""

    TRIAL = "trial"
    """K1: a take that nobody has kept yet."""
    VOICE = "voice"
    """K2: one pupil's voice."""
    GROUP_VOICE = "group_voice"
    """K3: several voices that one recognises."""
    AMBIENCE = "ambience"
    """K4: a choir, a room; the teacher has certified that no voice is recognised."""
    WORK = "work"
    """K5: a work, nobody in the picture."""
    UNRECOGNISABLE = "unrecognisable"
    """K6: hands, a back; the teacher has certified that nobody is recognised."""
    PORTRAIT = "portrait"
    """K7: a picture or a film in which one is recognised."""
    GROUP_PORTRAIT = "group_portrait"
    """K7 with several."""


class Need(StrEnum):
    """What a use of a kind asks for: a cell of the table."""

    NONE = "none"
    """Notice only. A family's explicit no still counts."""
    N1 = "n1"
    """One holder of parental authority, no known objection."""
    N2 = "n2"
    """Two holders, or the one who holds it alone."""
    N3 = "n3"
    """N2 on the project's own form, with its recipient named, and the child's yes."""
    DIRECTION = "direction"
    """The head of the school has agreed."""
    BLOCKED = "blocked"


INSIDE = (Use.REPLAY, Use.CLASS, Use.TEACHER, Use.EXHIBITION)
_OUTSIDE = (Use.PARTNER, Use.DISTRICT)


def _row(inside: Need, family: Need, space: Need, outside: Need) -> dict[Use, Need]:
    return {
        **dict.fromkeys(INSIDE, inside),
        Use.OWN_FAMILY: family,
        Use.CLASS_SPACE: space,
        **dict.fromkeys(_OUTSIDE, outside),
    }


TABLE: dict[Kind, dict[Use, Need]] = {
    Kind.TRIAL: {
        **_row(Need.N1, Need.BLOCKED, Need.BLOCKED, Need.BLOCKED),
        Use.EXHIBITION: Need.BLOCKED,
    },
    Kind.VOICE: _row(Need.N1, Need.N1, Need.N2, Need.N3),
    Kind.GROUP_VOICE: _row(Need.N1, Need.N2, Need.N2, Need.N3),
    Kind.AMBIENCE: _row(Need.NONE, Need.NONE, Need.NONE, Need.DIRECTION),
    Kind.WORK: _row(Need.NONE, Need.NONE, Need.NONE, Need.DIRECTION),
    Kind.UNRECOGNISABLE: _row(Need.NONE, Need.NONE, Need.NONE, Need.DIRECTION),
    Kind.PORTRAIT: _row(Need.N1, Need.N1, Need.N2, Need.N3),
    Kind.GROUP_PORTRAIT: _row(Need.N1, Need.N2, Need.N2, Need.N3),
}
"""law.md §7.1, under the doctrine of prior permission."""
