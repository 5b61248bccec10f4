"""One-shot work that a person or a timer starts: the doctor, the evening and night syncs, retention.

Each job can be stopped anywhere and started again. It is given the configuration and the clock, says its
result in French and returns; a process that stays up, a page and a rule of the domain do not belong here.
"""
