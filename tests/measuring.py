"""Which processes have their covered lines counted: those of pytest, of the end-to-end tests and of the workers.

Counting makes a start of the service a third longer. Where a process runs what others run as well, or its own computing
is what a test measures, it counts nothing.
"""

from typing import Final

UNCOUNTED: Final = {"COVERAGE_PROCESS_CONFIG": ""}
"""The environment of a process whose lines are not counted: what Coverage.py gives to processes, emptied."""
