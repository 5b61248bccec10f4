"""The académies and the name that each has on the network, from which their addresses are made."""

ADDRESSES = {
    "Aix-Marseille": "ac-aix-marseille.fr",
    "Amiens": "ac-amiens.fr",
    "Besançon": "ac-besancon.fr",
    "Bordeaux": "ac-bordeaux.fr",
    "Clermont-Ferrand": "ac-clermont.fr",
    "Corse": "ac-corse.fr",
    "Créteil": "ac-creteil.fr",
    "Dijon": "ac-dijon.fr",
    "Grenoble": "ac-grenoble.fr",
    "Guadeloupe": "ac-guadeloupe.fr",
    "Guyane": "ac-guyane.fr",
    "La Réunion": "ac-reunion.fr",
    "Lille": "ac-lille.fr",
    "Limoges": "ac-limoges.fr",
    "Lyon": "ac-lyon.fr",
    "Martinique": "ac-martinique.fr",
    "Mayotte": "ac-mayotte.fr",
    "Montpellier": "ac-montpellier.fr",
    "Nancy-Metz": "ac-nancy-metz.fr",
    "Nantes": "ac-nantes.fr",
    "Nice": "ac-nice.fr",
    "Normandie": "ac-normandie.fr",
    "Orléans-Tours": "ac-orleans-tours.fr",
    "Paris": "ac-paris.fr",
    "Poitiers": "ac-poitiers.fr",
    "Reims": "ac-reims.fr",
    "Rennes": "ac-rennes.fr",
    "Strasbourg": "ac-strasbourg.fr",
    "Toulouse": "ac-toulouse.fr",
    "Versailles": "ac-versailles.fr",
}


def dpo_suggestion(academy: str) -> str:
    """Return the usual address of an académie's data-protection officer, to be checked; empty if unknown.

    Law.md §4.1 gives the form from one académie: it is proposed to whoever types, and never printed unasked.
    """
    return f"dpd@{ADDRESSES[academy]}" if academy in ADDRESSES else ""
