"""Filling a box with many captures of today, through the store, as a long and busy day would."""

from datetime import timedelta

from appliance.config import Config
from appliance.domain.captures import Facts, Packing
from appliance.domain.codes import STICKER_LENGTH, sticker_code
from appliance.domain.permissions import Nature
from appliance.domain.retention import last_day
from appliance.hub import intake
from appliance.hub.box import Box
from appliance.store import captures, pupils

SOUND = b"\xff\xf3" + bytes(4_000)


def fill_with_captures(config: Config, count: int) -> None:
    """Add `count` kept captures, shared out between the pupils, one sealed file each."""
    box = Box(config, config.clock())
    owners = [row.id for row in pupils.every(box.database)]
    scenario = intake.roster(box, "A").task.scenario
    sealed = box.sealer.seal(SOUND)
    now = box.now()
    with box.database.transaction():
        for number in range(count):
            # A second apart towards the past would leave today; milliseconds stay within it.
            taken_at = now - timedelta(milliseconds=number)
            facts = Facts(
                id=box.new_id(),
                station="A",
                scenario=scenario,
                nature=Nature.VOICE,
                pupils=(owners[number % len(owners)],),
                taken_at=taken_at,
                duration_ms=60_000,
                kept=True,
                cut=False,
                packing=Packing.WHOLE,
                sha256="",
                size=len(sealed),
            )
            captures.add(
                box.database,
                facts,
                code=sticker_code(box.random_bytes(STICKER_LENGTH)),
                last=last_day(taken_at.date(), kept=True),
                dated=True,
                has_thumbnail=False,
                caption_ms=0,
                received_at=taken_at,
            )
            path = box.shelf.media(facts.id, Packing.WHOLE)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(sealed)
    box.close()
