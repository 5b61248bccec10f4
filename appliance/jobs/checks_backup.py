"""The doctor's check of the backup: where it should go, and when it last went there."""

import sqlite3
from contextlib import closing

from appliance.clock import Clock
from appliance.config import Config
from appliance.hub import backups
from appliance.hub.backups import LATE, TROUBLES, BackupState
from appliance.i18n import _, hour, long_day_year
from appliance.jobs.backup import trouble_of
from appliance.jobs.findings import Finding, amber, green, red
from appliance.store.database import FILE_NAME, Database

_NAME = "backup"


def backup(config: Config, clock: Clock) -> Finding:
    """Say whether the class could come back on another box."""
    if config.backup.folder is None:
        return amber(
            _NAME,
            _("Aucune sauvegarde n’est réglée : si la carte casse, les traces sont perdues."),
            _("Branchez une clé USB et réglez la partie [backup] de {file}.").format(file=config.path),
        )
    state = _state(config)
    fault = trouble_of(config, config.backup.folder) or (state.fault if state else None)
    if fault is not None:
        happened, remedy = TROUBLES[fault]
        return amber(_NAME, f"{happened} {_last(state)}", remedy)
    if state is None or state.done_at is None:
        return green(_NAME, _("La clé USB de la sauvegarde est en place ; la première se fera cette nuit."))
    if clock.read().now - state.done_at > LATE:
        return amber(_NAME, _last(state), _("Laissez la boîte allumée une nuit, avec sa clé USB."))
    if state.damaged:
        return red(
            _NAME,
            _("Des fichiers de la boîte sont abîmés et manquent à la sauvegarde : {count}.").format(
                count=state.damaged
            ),
            _("La carte mémoire s’abîme peut-être : changez-la, puis ramenez la classe par boite restore."),
        )
    return green(_NAME, _last(state))


def _state(config: Config) -> BackupState | None:
    path = config.data / FILE_NAME
    if not path.is_file():
        return None
    try:
        with closing(Database(path, read_only=True)) as database:
            return backups.last(database)
    except sqlite3.Error:
        return None


def _last(state: BackupState | None) -> str:
    if state is None or state.done_at is None:
        return _("Aucune sauvegarde n’a encore réussi.")
    shown = _("{day}, {hour}").format(day=long_day_year(state.done_at.date()), hour=hour(state.done_at))
    return _("Dernière sauvegarde : {when}.").format(when=shown)
