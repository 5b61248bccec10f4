"""Makes the connector that the configuration asks for. A new kind of ENT is added here."""

import time
from collections.abc import Callable
from pathlib import Path

from appliance.config import EntConfig
from appliance.ent.connection import Connection, Patience
from appliance.ent.locker import Locker
from appliance.ent.ports import EntSetup, EntSpace
from appliance.ent.webdav import WebDavSpace
from appliance.i18n import _
from appliance.systemd import credential

PASSWORD_FILE = Path("/etc/boite/ent-password")
"""Where the password is unless the configuration says otherwise; its name is the credential's too."""


def open_space(config: EntConfig, sleep: Callable[[float], None] = time.sleep) -> EntSpace | None:
    """Return the space of a configuration, or None when the school has no ENT. Sends nothing yet.

    Raises EntSetup when the configuration cannot work.
    """
    if config.kind == "none":
        return None
    return WebDavSpace(_connection(config, sleep), config.url, config.user)


def open_locker(config: EntConfig, folder: str, sleep: Callable[[float], None] = time.sleep) -> Locker:
    """Return the box's own folder in the space of a configuration. Sends nothing yet.

    Raises EntSetup when the configuration cannot work.
    """
    return Locker(_connection(config, sleep), config.url, config.user, folder)


def _connection(config: EntConfig, sleep: Callable[[float], None]) -> Connection:
    if config.kind != "webdav":
        raise EntSetup(_("La boîte ne connaît pas ce genre d’ENT. Choisissez « webdav » ou « none »."))
    password = _password(config.password_file or PASSWORD_FILE)
    return Connection(config.url, config.user, password, config.timeout_seconds, Patience(sleep))


def _password(path: Path) -> str:
    try:
        password = credential(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _no_password() from error
    if not password:
        raise _no_password()
    return password


def _no_password() -> EntSetup:
    return EntSetup(
        _("Le mot de passe de l’ENT manque ou ne se lit pas. Enregistrez-le dans la boîte (voir le guide).")
    )
