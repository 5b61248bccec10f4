"""Keys for tests: a class with its first keys, and a power cut at any step of a change."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from appliance.hub import people, stations
from appliance.hub.box import Box
from appliance.hub.keys import access, first_start
from appliance.hub.keys.first_start import Draft
from appliance.hub.keys.throttle import Throttle
from appliance.hub.office import checklist


class PowerCut(BaseException):
    """Nothing after it is executed, as when the plug is pulled."""


_STEPS = ("open", "replace", "rename", "mkdir", "unlink", "rmdir")
"""What changes a disk, or begins to."""


@contextmanager
def cut_at(step: int) -> Iterator[list[int]]:
    """Cut the power before one step on the disk, counted from 0; what follows in the block fails too.

    Yields the count of steps so far.
    """
    counted = [0]
    with pytest.MonkeyPatch.context() as patch:
        for name in _STEPS:
            before = getattr(os, name)

            def step_or_cut(*args: object, _before: object = before, **options: object) -> object:
                if counted[0] >= step:
                    raise PowerCut
                counted[0] += 1
                return _before(*args, **options)  # type: ignore[operator]

            patch.setattr(os, name, step_or_cut)
        yield counted


def start(box: Box) -> Draft:
    """Give a new box its first keys and a class with a pupil, and open it."""
    draft = first_start.draft_key(box)
    first_start.adopt(box, draft)
    checklist.tick_all(box, box.today(), "essai")
    people.set_class_name(box, "CP de Mme Martin")
    stations.set_title(box, "A", "Lecture, page 12", "book")
    access.unlock(box, draft.keys.passphrase, Throttle())
    return draft
