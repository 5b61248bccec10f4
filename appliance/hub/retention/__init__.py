"""Until when each thing stays, and how it goes: last days, the purge, the year's end."""
