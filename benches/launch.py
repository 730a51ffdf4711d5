"""Starts a command from this small process and writes its wall time and resource usage as JSON to a file descriptor.

    python launch.py FD COMMAND…

Linux counts the memory of the process that forks to the peak memory of the child. A benchmark that holds a gigabyte
would therefore report at least a gigabyte for every command that it starts itself.
"""

import json
import os
import sys
import time


def main():
    descriptor, command = int(sys.argv[1]), sys.argv[2:]
    started = time.perf_counter()
    child = os.spawnvp(os.P_NOWAIT, command[0], command)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    figures = {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
    os.write(descriptor, json.dumps(figures).encode())
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
