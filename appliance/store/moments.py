"""Moments as text that sorts: UTC, to the millisecond; read back in the school's time zone."""

from datetime import UTC, datetime

from appliance.clock import PARIS


def stamp(moment: datetime) -> str:
    """Return an aware moment as stored."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def moment(text: str) -> datetime:
    """Return a stored moment, in the school's time zone."""
    return datetime.fromisoformat(text).astimezone(PARIS)
