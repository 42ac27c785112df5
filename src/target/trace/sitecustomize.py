"""Counts the pauses of Python's garbage collector in this process, and in those it forks.

Started by pianoprof in an extra life of a server, never in a measured one. A line per tenth of a second at most, and one
for each pause of a millisecond or more: process, monotonic ns, pauses of each generation since the line before, their
time together and the longest, both ns.
"""

import atexit
import gc
import os
import sys
import time


class _Count:
    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.begun = 0
        self.said = time.monotonic_ns()
        self.forget()

    def forget(self):
        self.pauses = [0, 0, 0]
        self.total = 0
        self.longest = 0

    def say(self, now):
        if sum(self.pauses):
            line = "%d %d %d %d %d %d %d\n" % (os.getpid(), now, *self.pauses, self.total, self.longest)
            os.write(self.file, line.encode())
        self.said = now
        self.forget()

    def __call__(self, phase, info):
        now = time.monotonic_ns()
        if phase == "start":
            self.begun = now
            return
        took = now - self.begun
        self.pauses[min(info["generation"], 2)] += 1
        self.total += took
        self.longest = max(self.longest, took)
        if took >= 1_000_000 or now - self.said >= 100_000_000:
            self.say(now)


_path = os.environ.get("PIANOPROF_GC_FILE")
if _path:
    _count = _Count(_path)
    gc.callbacks.append(_count)
    os.register_at_fork(after_in_child=_count.forget)
    atexit.register(lambda: _count.say(time.monotonic_ns()))

# The module of this name that the server would have had.
_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [_folder for _folder in sys.path if os.path.abspath(_folder) != _here]
sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize  # noqa: F401
except ImportError:
    pass
