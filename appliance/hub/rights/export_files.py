"""The files made for families, from the first byte to the last day; erasing one needs no key."""

from pathlib import Path

from appliance.domain.audit import Event, Role
from appliance.hub import audit
from appliance.hub.retention.erasure import Holder
from appliance.store import exports
from appliance.store.exports import ExportRow
from appliance.vault.files import remove_durably


def path_of(holder: Holder, export: str) -> Path:
    """Return where an export lies."""
    return exports.path_of(holder.database.path.parent, export)


def erase(holder: Holder, row: ExportRow, *, role: Role = Role.RETENTION) -> None:
    """Erase an export: the file first, so that no row says there is none when there is."""
    path = path_of(holder, row.id)
    if path.parent.is_dir():
        remove_durably(path)
    with holder.database.transaction():
        exports.remove(holder.database, row.id)
        audit.note(holder, Event.EXPORT_ERASED, row.pupil, role=role)
