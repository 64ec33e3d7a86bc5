"""Time functions against one another, and write down on what machine.

Functions are called in turn, so that what else the machine does hits all of them; a figure is the
median. Beside what moves memory stands the bandwidth of a copy in the same run.
"""

import json
import os
import platform
import statistics
import time
from importlib.metadata import PackageNotFoundError, version


def medians(steps, seconds=4.0, least=15, burst=1, wait=lambda: None):
    """The median time of each function of a dict, in seconds, called in turn for so long.

    seconds: for all of them together, but each at least ``least`` times. burst: calls in a row that
    are timed as one, so that what a function keeps in the cache is not another's by the next call.
    wait: called before and after, such as ``torch.cuda.synchronize``.
    """
    times = {name: [] for name in steps}
    end = time.perf_counter() + seconds
    rounds = 0
    while time.perf_counter() < end or rounds < least:
        rounds += 1
        for name, step in steps.items():
            wait()
            begin = time.perf_counter()
            for _ in range(burst):
                step()
            wait()
            times[name].append((time.perf_counter() - begin) / burst)
    return {name: statistics.median(all_times) for name, all_times in times.items()}


def machine():
    """The processor's name, where the system tells it, its kind and cores."""
    name = platform.processor() or "unknown"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf8") as file:
            names = [line.split(":")[1].strip() for line in file if "model name" in line]
        name = names[0] if names else name
    return f"{name}, {platform.machine()}, {os.cpu_count()} cores"


def versions(*packages):
    """Python's version and those of packages that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def record(files, measured, *packages, **facts):
    """Write the machine, versions, date and figures as JSON to each of the files."""
    facts = {"machine": machine(), **versions(*packages), **facts}
    facts |= {"date": time.strftime("%Y-%m-%d"), **measured}
    for name in files:
        with open(name, "w", encoding="utf8") as file:
            file.write(json.dumps(facts, indent=1) + "\n")
