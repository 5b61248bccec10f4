"""A camera that froze is told until it gives a picture again; the heavy library is hardly ever asked."""

import pytest

from appliance.devices.ports import DeviceError
from appliance.devices.watched import ASK_SECONDS, WatchedCamera
from appliance.simulator.twins.camera import TwinCamera


class Counted(TwinCamera):
    checks = 0

    def check(self) -> None:
        self.checks += 1
        super().check()


class World:
    def __init__(self) -> None:
        self.now = 100.0
        self.nodes = frozenset({"media0"})
        self.twin = Counted()
        self.camera = WatchedCamera(self.twin, lambda: self.nodes, lambda: self.now)


@pytest.fixture
def world() -> World:
    return World()


def test_the_library_is_asked_once_while_nothing_changes(world: World) -> None:
    for _ in range(10):
        world.camera.check()
        world.now += ASK_SECONDS / 20
    assert world.twin.checks == 1
    world.now += ASK_SECONDS
    world.camera.check()
    assert world.twin.checks == 2


def test_a_plug_pulled_or_put_back_is_seen_at_once(world: World) -> None:
    world.camera.check()
    world.twin.set_plugged(False)
    world.nodes = frozenset()
    for _ in range(3):
        with pytest.raises(DeviceError, match="débranchée"):
            world.camera.check()
    world.twin.set_plugged(True)
    world.nodes = frozenset({"media0"})
    world.camera.check()
    assert world.twin.checks == 3


def test_a_loose_ribbon_is_seen_at_the_next_question(world: World) -> None:
    world.camera.check()
    world.twin.set_plugged(False)
    world.now += ASK_SECONDS + 1
    with pytest.raises(DeviceError, match="débranchée"):
        world.camera.check()


def test_a_frozen_camera_is_told_until_a_picture_comes_again(world: World) -> None:
    world.camera.check()
    with world.camera.open() as stream:
        world.twin.freeze()
        with pytest.raises(DeviceError, match="plus d’image"):
            stream.luma(0.2)
    with pytest.raises(DeviceError, match="plus d’image"):
        world.camera.check()
    world.twin.freeze(False)
    with world.camera.open() as stream:
        stream.luma(2.0)
    world.camera.check()


def test_a_film_that_freezes_is_told_too(world: World) -> None:
    world.camera.check()
    with world.camera.film(5, 500_000) as film:
        film.start()
        assert film.read(5.0) is not None
        world.twin.freeze()
        with pytest.raises(DeviceError):
            for _ in range(50):
                film.read(0.5)
    with pytest.raises(DeviceError):
        world.camera.check()
    world.twin.freeze(False)
    with world.camera.film(5, 500_000) as film:
        film.start()
        assert film.read(5.0) is not None
    world.camera.check()


def test_what_goes_wrong_elsewhere_is_not_the_cameras_fault(world: World) -> None:
    with pytest.raises(DeviceError, match="micro"), world.camera.open():
        raise DeviceError("Le micro est débranché. Rebranchez-le.")
    world.camera.check()


def test_it_closes_after_a_fault(world: World) -> None:
    seen: list[str] = []
    twin = TwinCamera(lambda event, _facts: seen.append(event))
    camera = WatchedCamera(twin)
    with pytest.raises(RuntimeError), camera.open():
        raise RuntimeError
    assert seen == ["camera.opened", "camera.closed"]
