"""Carries what the teacher released to the ENT, and takes back what is withdrawn or over.

One shot: the plan comes from the hub, deletions first (requirement R155), then puts in the order of
release. Nothing is remembered here: killed at any point, the next run asks the hub again, finds at
the ENT what had arrived, and ends in the same state. Nothing is written to the disk.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.config import Config
from appliance.ent.hub_client import DELETE, PUT, Action, BadParcel, Fault, HubClient, Plan
from appliance.ent.open_space import open_space
from appliance.ent.ports import EntBusy, EntError, EntOddAnswer, EntSpace
from appliance.i18n import _, ngettext
from appliance.unix_http import HubUnavailable

ODD_IN_A_ROW = 3
"""After so many strange faults one after the other the server is left alone until the next run."""


@dataclass(frozen=True)
class SyncReport:
    """What one run did."""

    put: int = 0
    deleted: int = 0
    failed: int = 0
    waiting: int = 0
    """Captures that wait for the class to be unlocked."""
    fault: Fault | None = None
    """What stopped the run, or else the last thing that went wrong."""
    remark: str = ""
    """French: why there was nothing to run."""

    @property
    def ok(self) -> bool:
        """Whether everything that could be done was done."""
        return self.fault is None and self.failed == 0

    def sentence(self) -> str:
        """Return the run in French."""
        if self.remark:
            return self.remark
        parts = []
        if self.put:
            parts.append(
                ngettext("{n} trace rangée à l’ENT.", "{n} traces rangées à l’ENT.", self.put).format(
                    n=self.put
                )
            )
        if self.deleted:
            parts.append(
                ngettext("{n} trace effacée de l’ENT.", "{n} traces effacées de l’ENT.", self.deleted).format(
                    n=self.deleted
                )
            )
        if self.failed:
            parts.append(
                ngettext(
                    "{n} trace n’est pas passée.", "{n} traces ne sont pas passées.", self.failed
                ).format(n=self.failed)
            )
        if self.waiting:
            parts.append(
                ngettext(
                    "{n} trace attend que la classe soit ouverte.",
                    "{n} traces attendent que la classe soit ouverte.",
                    self.waiting,
                ).format(n=self.waiting)
            )
        if self.fault:
            parts.append(self.fault.message)
        return " ".join(parts) or _("Rien à envoyer : l’ENT est à jour.")


def run(config: Config, sleep: Callable[[float], None] = time.sleep) -> SyncReport:
    """Run the sync once; never raises for an expected fault, the report tells it in French.

    `sleep` is only used to wait for a busy server, 90 s at most in all.
    """
    if config.ent.kind == "none":
        return SyncReport(remark=_("Aucun ENT n’est réglé : tout reste dans la boîte."))
    try:
        with _alone(config.run) as alone:
            if not alone:
                return SyncReport(remark=_("Une synchronisation est déjà en cours."))
            return _run(config, sleep)
    except (HubUnavailable, FileNotFoundError):
        return SyncReport(fault=_hub_away())


def _run(config: Config, sleep: Callable[[float], None]) -> SyncReport:
    hub = HubClient(config.socket("sync"))
    plan = hub.plan()
    trip = Trip(hub, plan)
    if plan.actions:
        try:
            space = open_space(config.ent, sleep)
            if space is not None:
                trip.make(space)
        except EntError as error:
            trip.fault = Fault(error.slug, error.message)
            # What was not even tried is not through either.
            trip.failed = len(plan.actions) - trip.put - trip.deleted
    hub.end_run(trip.put, trip.deleted, trip.failed, trip.fault)
    return SyncReport(trip.put, trip.deleted, trip.failed, plan.waiting, trip.fault)


class Trip:
    """One plan carried out in one space."""

    def __init__(self, hub: HubClient, plan: Plan) -> None:
        """Take who gives the parcels and hears the results, and what is to be done."""
        self._hub = hub
        self._plan = plan
        self._odd_in_a_row = 0
        self.put = 0
        self.deleted = 0
        self.failed = 0
        self.fault: Fault | None = None

    def make(self, space: EntSpace) -> None:
        """Do all that can be done; raises the EntError that makes it useless to go on."""
        try:
            self._take_back(space, [action for action in self._plan.actions if action.verb == DELETE])
            for action in self._plan.actions:
                if action.verb == PUT:
                    self._carry(space, action)
        finally:
            space.close()

    def _take_back(self, space: EntSpace, actions: list[Action]) -> None:
        codes = {action.code for action in actions}
        left = space.find(codes)
        faults: dict[str, EntError] = {}
        if left:
            faults = space.delete(left)
            left = space.find(codes)
        for action in actions:
            if action.code in left:
                error = faults.get(action.code, EntOddAnswer())
                self._fail(action, Fault(error.slug, error.message))
            else:
                self._hub.verified(action)
                self.deleted += 1

    def _carry(self, space: EntSpace, action: Action) -> None:
        try:
            parcel = self._hub.parcel(action, self._plan.key)
            if parcel is None:
                return
            for path in parcel.paths:
                space.put(path, parcel.content, parcel.taken_at)
        except BadParcel:
            self._fail(action, _bad_parcel())
        except EntError as error:
            self._fail(action, Fault(error.slug, error.message))
            self._weigh(error)
        else:
            self._odd_in_a_row = 0
            self._hub.verified(action, len(parcel.content))
            self.put += 1

    def _fail(self, action: Action, fault: Fault) -> None:
        self._hub.failed(action, fault)
        self.failed += 1
        self.fault = fault

    def _weigh(self, error: EntError) -> None:
        """Stop the trip for a fault that is everybody's, or that comes back too often to be one file's."""
        odd = isinstance(error, EntOddAnswer | EntBusy)
        self._odd_in_a_row = self._odd_in_a_row + 1 if odd else 0
        if error.stops_run or self._odd_in_a_row >= ODD_IN_A_ROW:
            raise error


@contextmanager
def _alone(run_folder: Path) -> Iterator[bool]:
    """Yield whether no other sync runs here; the kernel forgets the lock with the process.

    The folder itself is locked: on a box the sync may not write in it.
    """
    descriptor = os.open(run_folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _hub_away() -> Fault:
    return Fault(
        "hub_away",
        _("La boîte est en train de démarrer ou s’est arrêtée. Rien n’est perdu : réessayez plus tard."),
    )


def _bad_parcel() -> Fault:
    return Fault(
        "parcel",
        _("La boîte n’a pas pu préparer cette trace. Écoutez-la ; si elle est abîmée, effacez-la."),
    )
