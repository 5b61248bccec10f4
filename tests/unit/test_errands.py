"""One long piece of work at a time, with its progress."""

import threading

import pytest

from appliance.hub.errands import Busy, Errands, Report


def test_an_errand_says_how_far_it_is_and_that_it_ended() -> None:
    errands, half_way, go_on = Errands(), threading.Event(), threading.Event()

    def work(report: Report) -> None:
        report(1, 4)
        half_way.set()
        go_on.wait(10)
        report(4, 4)

    errands.begin("copy", work)
    assert half_way.wait(10)
    under_way = errands.under_way()
    assert under_way is not None
    assert (under_way.name, under_way.percent, under_way.ended) == ("copy", 25, False)
    with pytest.raises(Busy, match="copy"):
        errands.begin("other", lambda _report: None)
    go_on.set()
    errands.join()
    ended = errands.of("copy")
    assert ended is not None
    assert (ended.percent, ended.ended, ended.failed) == (100, True, False)
    assert errands.under_way() is None


def test_an_errand_that_fails_says_so_and_lets_the_next_begin(caplog: pytest.LogCaptureFixture) -> None:
    def fails(report: Report) -> None:
        report(1, 2)
        raise OSError("the disk is full")

    errands = Errands()
    errands.begin("copy", fails)
    errands.join()
    ended = errands.of("copy")
    assert ended is not None
    assert (ended.percent, ended.failed) == (50, True)
    assert "the errand copy stopped" in caplog.text
    errands.begin("copy", lambda report: report(0, 0))
    errands.join()
    again = errands.of("copy")
    assert again is not None
    assert not again.failed
