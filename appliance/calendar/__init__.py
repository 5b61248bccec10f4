"""The school calendar as it is shipped: `calendrier.json`, the official dates of the metropolitan zones.

Data only: `domain/school_calendar.py` reads it and holds its rules; a school's own file takes its place.
"""
