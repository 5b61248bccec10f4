"""Pictograms: what pupils are known by before they read, and the signs of the stations.

OpenMoji's black line drawings (CC BY-SA 4.0, see `THIRD_PARTY.md`), chosen to be told apart and named at
four years old, without colour. Each exists as an SVG for screens and as a 288 × 288 grey PNG, cropped to
the drawing, for paper.
"""

from pathlib import Path

_FOLDER = Path(__file__).parent / "pictograms"

PUPIL_PICTOGRAMS = {
    "turtle": "la tortue",
    "fish": "le poisson",
    "snail": "l’escargot",
    "butterfly": "le papillon",
    "cat": "le chat",
    "dog": "le chien",
    "rabbit": "le lapin",
    "elephant": "l’éléphant",
    "duck": "le canard",
    "penguin": "le manchot",
    "hedgehog": "le hérisson",
    "ladybird": "la coccinelle",
    "whale": "la baleine",
    "crab": "le crabe",
    "owl": "la chouette",
    "frog": "la grenouille",
    "octopus": "la pieuvre",
    "giraffe": "la girafe",
    "cow": "la vache",
    "rooster": "le coq",
    "apple": "la pomme",
    "cherries": "les cerises",
    "strawberry": "la fraise",
    "banana": "la banane",
    "grapes": "le raisin",
    "carrot": "la carotte",
    "mushroom": "le champignon",
    "sun": "le soleil",
    "umbrella": "le parapluie",
    "moon": "la lune",
    "star": "l’étoile",
    "house": "la maison",
    "car": "la voiture",
    "bicycle": "le vélo",
    "sailboat": "le bateau",
    "rocket": "la fusée",
    "balloon": "le ballon",
    "kite": "le cerf-volant",
    "key": "la clé",
    "bell": "la cloche",
    "guitar": "la guitare",
    "tree": "l’arbre",
    "cactus": "le cactus",
    "snowman": "le bonhomme de neige",
    "crown": "la couronne",
    "tractor": "le tracteur",
}
"""Slug to French name, in the order they are given out to a class."""

STATION_PICTOGRAMS = {
    "book": "le livre",
    "puzzle": "le puzzle",
    "microphone": "le micro",
    "camera": "l’appareil photo",
    "ear": "l’oreille",
    "mailbox": "la boîte aux lettres",
    "pencil": "le crayon",
    "palette": "la palette",
    "abacus": "le boulier",
}
"""Slug to French name; never given to a pupil."""


class UnknownPictogram(LookupError):
    """There is no such pictogram. Its text names the slug, in French."""


def svg_path(slug: str) -> Path:
    """Return the drawing for screens, or raise UnknownPictogram."""
    return _path(slug, "svg")


def png_path(slug: str) -> Path:
    """Return the drawing for paper, or raise UnknownPictogram."""
    return _path(slug, "png")


def _path(slug: str, extension: str) -> Path:
    if slug not in PUPIL_PICTOGRAMS and slug not in STATION_PICTOGRAMS:
        raise UnknownPictogram(
            f"Pas de pictogramme « {slug} ». Choisissez-en un parmi ceux de appliance/stickers/pictograms/."
        )
    return _FOLDER / f"{slug}.{extension}"
