"""What the box remembers: one SQLite file, through sqlite-utils, one module per table family.

Functions here read and write rows; they take no decision and open no sealed value. Whoever holds a
`Database` owns the file: the hub, and the retention that runs beside it.
"""
