"""Slows down guessing of sticker codes (requirement R47): counts unknown codes over a sliding minute."""

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

SPAN = timedelta(minutes=1)
PER_ADDRESS = 10
EVERYWHERE = 100
_ADDRESSES = 1000


class GuessGuard:
    """Unknown codes by client address, and all together."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._by_address: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._all: deque[datetime] = deque(maxlen=EVERYWHERE)

    def refuses(self, address: str, now: datetime) -> bool:
        """Whether this address has to wait, be its next code right or wrong."""
        with self._guard:
            own = self._by_address.get(address, deque())
            return _full(own, PER_ADDRESS, now) or _full(self._all, EVERYWHERE, now)

    def count(self, address: str, now: datetime) -> None:
        """Count one unknown code."""
        with self._guard:
            own = self._by_address.setdefault(address, deque(maxlen=PER_ADDRESS))
            own.append(now)
            self._all.append(now)
            self._by_address.move_to_end(address)
            while len(self._by_address) > _ADDRESSES:
                self._by_address.popitem(last=False)


def _full(seen: deque[datetime], limit: int, now: datetime) -> bool:
    return len(seen) >= limit and timedelta(0) <= now - seen[0] < SPAN
