"""`boite …`: each command is one process of the box, or one job that runs and ends."""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.config import Config, ConfigError, find_config, load_config
from appliance.devices.ports import DeviceError
from appliance.i18n import _
from appliance.ownership import act_as_owner
from appliance.stopping import asked_to_stop

EX_CONFIG = 78
EX_UNAVAILABLE = 69


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser = argparse.ArgumentParser(prog="boite", description=_("La boîte à traces"))
    commands = parser.add_subparsers(dest="command", required=True, metavar=_("commande"))
    demo = commands.add_parser("demo", help=_("une classe entière sur ce PC, avec des élèves inventés"))
    demo.add_argument("--port", type=int, default=8600, help=_("premier des cinq ports utilisés (8600)"))
    demo.add_argument("--data", type=Path, default=Path(".demo"), help=_("dossier de la boîte (.demo)"))
    demo.add_argument("--no-browser", action="store_true", help=_("n’ouvre pas le navigateur"))
    demo.add_argument("--locked", action="store_true", help=_("laisse la classe verrouillée"))
    _with_config(commands.add_parser("station", help=_("le programme d’un panneau"))).add_argument("id")
    _with_config(commands.add_parser("printer", help=_("le programme de l’imprimante")))
    _with_config(commands.add_parser("sync", help=_("porte à l’ENT ce qui est libéré")))
    _with_config(commands.add_parser("retention", help=_("efface ce qui a passé son dernier jour")))
    copied = _with_config(commands.add_parser("backup", help=_("copie la boîte, scellée, sur la clé USB")))
    copied.add_argument("--ent", action="store_true", help=_("dans le dossier de l’ENT plutôt"))
    restore = _with_config(commands.add_parser("restore", help=_("ramène une classe sur une boîte neuve")))
    restore.add_argument("--from", dest="source", required=True, metavar=_("dossier"), help=_("ou ent:"))
    restore.add_argument("--snapshot", default="", metavar=_("nom"), help=_("une autre que la dernière"))
    restore.add_argument("--recovery", type=Path, metavar=_("fichier"), help=_("la clé de secours"))
    restore.add_argument("--list", action="store_true", help=_("dit ce qu’elle contient, ne change rien"))
    restore.add_argument("--partial", action="store_true", help=_("ramène le reste si elle est abîmée"))
    doctor = _with_config(commands.add_parser("doctor", help=_("dit ce qui va ou non, et que faire")))
    doctor.add_argument("--json", action="store_true", help=_("pour une machine"))
    journal = _with_config(commands.add_parser("journal", help=_("vérifie ou copie le journal des accès")))
    journal_act = journal.add_mutually_exclusive_group(required=True)
    journal_act.add_argument("--check", action="store_true", help=_("dit s’il est tel qu’il a été écrit"))
    journal_act.add_argument("--export", action="store_true", help=_("l’écrit en CSV sur la sortie"))
    journal.add_argument("--witness", default="", metavar=_("témoin"), help=_("un témoin recopié sur papier"))
    bench = commands.add_parser("bench", help=_("mesure la boîte sur ce PC"))
    bench.add_argument("--json", action="store_true", help=_("pour une machine"))
    bench.add_argument("--runs", type=int, default=5, help=_("nombre de mesures par chiffre (5)"))
    bench.add_argument("--lecture", action="store_true", help=_("la lecture des badges et des étiquettes"))
    bench.add_argument("--views", type=int, help=_("avec --lecture : nombre de vues par condition"))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status follows sysexits(3)."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        return COMMANDS[arguments.command](arguments)
    except (ConfigError, DeviceError) as error:
        print(error, file=sys.stderr)
        return EX_CONFIG if isinstance(error, ConfigError) else EX_UNAVAILABLE
    except KeyboardInterrupt:
        return 130


def _demo(arguments: argparse.Namespace) -> int:
    from appliance.simulator import demo

    return demo.main(
        arguments.port, arguments.data, browser=not arguments.no_browser, locked=arguments.locked
    )


def _station(arguments: argparse.Namespace) -> int:
    from appliance.devices.real import build_station_devices
    from appliance.station.program import StationProgram

    config = _config(arguments)
    station = config.station(arguments.id)
    devices = build_station_devices(config, station)
    if station.satellite:
        from appliance.satellite import program

        program.run(config, station, devices, asked_to_stop())
    else:
        StationProgram(config, station, devices, config.clock()).run(asked_to_stop())
    return 0


def _printer(arguments: argparse.Namespace) -> int:
    from appliance.stickers import worker

    worker.run(_config(arguments), asked_to_stop())
    return 0


def _sync(arguments: argparse.Namespace) -> int:
    from appliance.jobs import sync

    report = sync.run(_config(arguments))
    print(report.sentence())
    return 0 if report.ok else EX_UNAVAILABLE


def _retention(arguments: argparse.Namespace) -> int:
    from appliance.jobs import retention

    report = retention.run(_config(arguments))
    print(report.sentence())
    return 0 if report.ok else EX_UNAVAILABLE


def _backup(arguments: argparse.Namespace) -> int:
    from appliance.jobs import backup

    config = _config(arguments)
    if arguments.ent:
        report = backup.run_ent(config)
    else:
        act_as_owner(config.data)
        report = backup.run(config)
    print(report.sentence())
    return 0 if report.ok else EX_UNAVAILABLE


def _restore(arguments: argparse.Namespace) -> int:
    from appliance.jobs import restore, restore_ent, restore_secret
    from appliance.jobs.restore_source import Refused

    config = _config(arguments)
    source, chosen, partial = arguments.source, arguments.snapshot, arguments.partial
    try:
        unlock = restore_secret.unlock_with(arguments.recovery)
        if source.startswith(restore_ent.SOURCE):
            with restore_ent.opened(config) as locker:
                act_as_owner(config.data)
                box = source.removeprefix(restore_ent.SOURCE)
                report = restore_ent.run(
                    config, locker, unlock, box=box, snapshot=chosen, partial=partial, look=arguments.list
                )
        else:
            act_as_owner(config.data)
            report = (
                restore.look(config, Path(source), unlock, snapshot=chosen)
                if arguments.list
                else restore.run(config, Path(source), unlock, snapshot=chosen, partial=partial)
            )
        print(report.inventory() if arguments.list else report.sentence())
    except Refused as error:
        print(error, file=sys.stderr)
        return EX_UNAVAILABLE
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from appliance.jobs import doctor

    config = _config(arguments)
    findings = doctor.run_checks(config, config.clock())
    print(
        json.dumps(doctor.as_json(findings), ensure_ascii=False, indent=2)
        if arguments.json
        else doctor.as_text(findings)
    )
    return 1 if any(finding.level == "red" for finding in findings) else 0


def _journal(arguments: argparse.Namespace) -> int:
    from appliance.jobs import journal

    if arguments.export:
        config = _config(arguments)
        journal.export(config, config.clock(), sys.stdout)
        return 0
    config = journal.copied(arguments.config) or _config(arguments)
    report = journal.check(config, arguments.witness)
    print(report.sentence)
    return 0 if report.ok else 1


def _bench(arguments: argparse.Namespace) -> int:
    from appliance.simulator import bench, bench_reading

    if arguments.lecture:
        return bench_reading.main(views=arguments.views or bench_reading.VIEWS, as_json=arguments.json)
    return bench.main(runs=arguments.runs, as_json=arguments.json)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": _demo,
    "station": _station,
    "printer": _printer,
    "sync": _sync,
    "retention": _retention,
    "backup": _backup,
    "restore": _restore,
    "doctor": _doctor,
    "journal": _journal,
    "bench": _bench,
}


def _with_config(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--config", "--data", type=Path, help=_("boite.toml, ou le dossier qui le contient"))
    return parser


def _config(arguments: argparse.Namespace) -> Config:
    return load_config(find_config(arguments.config))
