"""The doctor's check of the backup: where it should go, and when it last went there."""

import sqlite3
from contextlib import closing

from appliance.clock import Clock
from appliance.config import Config
from appliance.hub import backups
from appliance.hub.backups import LATE, TROUBLES, BackupState, Where
from appliance.i18n import _, hour, long_day_year
from appliance.jobs.backup import trouble_of
from appliance.jobs.findings import Finding, amber, green, red
from appliance.store.database import FILE_NAME, Database

_NAME = "backup"


def backup(config: Config, clock: Clock) -> Finding:
    """Say whether the class could come back on another box, from the stick or from the ENT."""
    found = []
    if config.backup.folder is not None:
        found.append(_of(config, clock, Where.STICK, trouble_of(config, config.backup.folder)))
    if config.backup.ent_folder:
        found.append(_of(config, clock, Where.ENT, "ent_setup" if config.ent.kind == "none" else None))
    if not found:
        return amber(
            _NAME,
            _("Aucune sauvegarde n’est réglée : si la carte casse, les traces sont perdues."),
            _("Branchez une clé USB et réglez la partie [backup] de {file}.").format(file=config.path),
        )
    return max(found, key=lambda finding: ("green", "amber", "red").index(finding.level))


def _of(config: Config, clock: Clock, where: Where, trouble: str | None) -> Finding:
    state = _state(config, where)
    fault = trouble or (state.fault if state else None)
    if fault is not None:
        happened, remedy = TROUBLES[fault]
        return amber(_NAME, f"{happened} {_last(state)}", remedy)
    if state is None or state.done_at is None:
        return green(_NAME, _first(where))
    if clock.read().now - state.done_at > LATE:
        return amber(_NAME, _last(state), _late(where))
    if state.damaged:
        return red(
            _NAME,
            _("Des fichiers de la boîte sont abîmés et manquent à la sauvegarde : {count}.").format(
                count=state.damaged
            ),
            _("La carte mémoire s’abîme peut-être : changez-la, puis ramenez la classe par boite restore."),
        )
    return green(_NAME, _last(state))


def _first(where: Where) -> str:
    if where is Where.ENT:
        return _("Le dossier de l’ENT est réglé ; la première sauvegarde s’y fera cette nuit.")
    return _("La clé USB de la sauvegarde est en place ; la première se fera cette nuit.")


def _late(where: Where) -> str:
    if where is Where.ENT:
        return _("Laissez la boîte allumée et reliée à Internet une nuit.")
    return _("Laissez la boîte allumée une nuit, avec sa clé USB.")


def _state(config: Config, where: Where) -> BackupState | None:
    path = config.data / FILE_NAME
    if not path.is_file():
        return None
    try:
        with closing(Database(path, read_only=True)) as database:
            return backups.last(database, where)
    except sqlite3.Error:
        return None


def _last(state: BackupState | None) -> str:
    if state is None or state.done_at is None:
        return _("Aucune sauvegarde n’a encore réussi.")
    shown = _("{day}, {hour}").format(day=long_day_year(state.done_at.date()), hour=hour(state.done_at))
    return _("Dernière sauvegarde : {when}.").format(when=shown)
