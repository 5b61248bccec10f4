"""What tests of the hub send to it as a station would."""

import hashlib
import io
from dataclasses import replace

from appliance.domain.captures import Capture, Facts, Packing
from appliance.domain.permissions import Nature
from appliance.hub import intake
from appliance.hub.box import Box
from appliance.store import captures


def facts_of(box: Box, pupil: str, sealed: bytes, **changes: object) -> Facts:
    facts = Facts(
        id=box.new_id(),
        station="A",
        scenario=intake.roster(box, "A").task.scenario,
        nature=Nature.VOICE,
        pupils=(pupil,),
        taken_at=box.now(),
        duration_ms=2_000,
        kept=True,
        cut=False,
        packing=Packing.WHOLE,
        sha256=hashlib.sha256(sealed).hexdigest(),
        size=len(sealed),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def send(box: Box, pupil: str, content: bytes = b"une voix", **changes: object) -> Capture:
    sealed = box.sealer.seal(content)
    facts = facts_of(box, pupil, sealed, **changes)
    assert intake.take_in(box, facts, io.BytesIO(sealed))
    found = captures.find(box.database, facts.id)
    assert found is not None
    return found
