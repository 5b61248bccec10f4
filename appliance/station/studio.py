"""From *go* to a finished take: the domain is asked, then devices open (ARCHITECTURE, rule 2)."""

import logging
import secrets
import time
from collections.abc import Callable

from appliance.clock import Clock
from appliance.domain.ids import new_id
from appliance.domain.permissions import Nature
from appliance.domain.roster import Refusal, Roster, RosterPupil
from appliance.station.company import keeps_nothing
from appliance.station.events import Finished, Refused, Started
from appliance.station.spool import Spool, Take
from appliance.station.takes import Order, TakeFailed, TakeMaker
from appliance.station.worker import Stop, Worker
from appliance.vault.sealing import Sealer

log = logging.getLogger(__name__)

Say = Callable[..., None]
Room = Callable[[Nature], str | None]
"""Why a take of that nature would not be kept whole, if so."""


class Studio:
    """Makes one take at a time."""

    def __init__(self, station: str, maker: TakeMaker, spool: Spool, clock: Clock, room: Room) -> None:
        self._station = station
        self._room = room
        self._maker = maker
        self._spool = spool
        self._clock = clock
        self._worker = Worker()
        self._making = ""
        self._disowned: set[str] = set()

    def start(
        self,
        roster: Roster | None,
        pupils: tuple[str, ...],
        say: Say,
        done: Callable[[], None],
        *,
        draft: bool,
    ) -> None:
        """Start a take for these pupils; `say` is told `Started`, then `Finished` or `Refused`.

        Each take is asked for anew: a permission may have been withdrawn since the one before. `draft` is
        what the pupils were told: when the teacher has changed it since, nothing starts.
        """
        if roster is None:
            say(Refused("stale_roster"))
            return
        admitted = self._admit(roster, pupils, draft)
        if isinstance(admitted, Refusal):
            say(Refused(admitted.reason))
            return
        order = self._order(roster, admitted)
        sealer = Sealer(roster.recipients)
        if self._worker.start(lambda stop: self._make(order, sealer, stop, say, done)):
            self._making = order.take.id
        else:
            say(Refused("busy"))

    def _admit(
        self, roster: Roster, pupils: tuple[str, ...], draft: bool
    ) -> tuple[RosterPupil, ...] | Refusal:
        admitted = roster.admit(pupils, self._clock.read().now)
        if isinstance(admitted, Refusal):
            return admitted
        if keeps_nothing(roster.task, pupils) is not draft:
            return Refusal("changed")
        full = self._room(roster.task.nature)
        return Refusal(full) if full else admitted

    def stop(self) -> None:
        """End the take in progress."""
        self._worker.ask_to_stop()

    def cancel(self) -> None:
        """End the take in progress and erase it, even if it has just ended by itself."""
        self._disowned.add(self._making)
        self._worker.cancel()
        self._spool.discard(self._making)

    def disowned(self, take_id: str) -> bool:
        """Whether a take that comes late had been cancelled."""
        return take_id in self._disowned

    def close(self) -> None:
        """End the take in progress and wait a little for it."""
        self._worker.stop()

    def _order(self, roster: Roster, pupils: tuple[RosterPupil, ...]) -> Order:
        task, now = roster.task, self._clock.read().now
        take = Take(
            id=new_id(now, secrets.token_bytes(10)),
            station=self._station,
            scenario=task.scenario,
            nature=task.nature,
            pupils=tuple(pupil.id for pupil in pupils),
            taken_at=now,
        )
        patience = 2.0 if any(pupil.slow for pupil in pupils) else 1.0
        speaking = pupils or roster.invited()
        return Order(
            take,
            limit_seconds=task.limit_seconds * patience,
            draft=keeps_nothing(task, take.pupils),
            caption=task.caption and all(Nature.VOICE in pupil.natures for pupil in speaking),
            patience=patience,
        )

    def _make(self, order: Order, sealer: Sealer, stop: Stop, say: Say, done: Callable[[], None]) -> None:
        take = order.take
        try:
            made = self._maker.make(order, sealer, stop, lambda: say(Started(time.monotonic())))
        except TakeFailed as error:
            say(Refused(error.reason))
        except OSError as error:
            # A cancelled take loses its folder while it is still being written.
            if not stop.cancelled:
                log.error("take %s could not be written: %s", take.id, error.strerror)  # noqa: TRY400
            self._spool.rescue(take.id)
            say(Refused("disk_full"))
        except Exception:
            log.exception("take %s broke off", take.id)
            self._spool.rescue(take.id)
            say(Refused("fault"))
        else:
            heard = made.take
            say(Finished(made.full, heard.empty, heard.advice), made)
        if stop.cancelled:
            self._spool.discard(take.id)
        done()
