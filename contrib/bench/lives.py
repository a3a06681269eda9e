# SPDX-License-Identifier: Apache-2.0
"""The parts on containers that live on their own: memory, logs, many of them at once."""
import glob
import subprocess
import time

import report
import rivals
from rivals import IMAGE

SLEEP = ["/bin/sleep", "100000"]


def engines(r):
    """{name: (what every command line begins with, what `run` needs besides)}"""
    table = {"sdocker": ([f"{r.build}/bin/sdocker"], [])}
    if r.podman:
        table["podman"] = (r.podman, rivals.PODMAN_LIMITS)
    if r.docker:
        table["docker"] = (r.docker, [])
    return table


def timed(args):
    begin = time.perf_counter()
    rivals.run(args)
    return (time.perf_counter() - begin) * 1000


def up(engine, limits, first, last):
    """Containers NAME<first>... that sleep, two at a time; milliseconds."""
    def command(i):
        return engine + ["run", "-d", "--name", f"life{i}", "--network", "none", *limits, IMAGE,
                         *SLEEP]

    begin = time.perf_counter()
    for i in range(first, last, 2):
        pair = [subprocess.Popen(command(k), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                for k in range(i, min(i + 2, last))]
        if any(p.wait() for p in pair):
            raise SystemExit(f"bench: {engine[0]}: a container did not start")
    return (time.perf_counter() - begin) * 1000


def names(first, last):
    return [f"life{i}" for i in range(first, last)]


def keepers(name):
    """Host processes that stay for the containers, by the name of their program."""
    found = []
    for comm in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(comm, encoding="utf-8") as f:
                if f.read().strip() == name[:15]:
                    found.append(comm.split("/")[2])
        except OSError:
            pass  # it has just ended
    return found


def pss(pids):
    """kB, shared pages divided among those who share them."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as f:
            total += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return total


def part_memory(r, result, _):
    """100 containers up: what their keepers take, then `stop` and `rm` of all."""
    programs = {"sdocker": "sd-monitor", "podman": "conmon", "docker": "containerd-shim-runc-v2"}
    rows = []
    for name, (engine, limits) in engines(r).items():
        before = keepers(programs[name])
        took = up(engine, limits, 0, 100)
        pids = set(keepers(programs[name])) - set(before)
        row = {"": f"{name} ({programs[name]})", "up ms": f"{took:.0f}", "processes": len(pids),
               "PSS kB each": f"{pss(pids) / 100:.0f}",
               "stop ms": f"{timed(engine + ['stop', '-t', '0', *names(0, 100)]):.0f}",
               "rm ms": f"{timed(engine + ['rm', *names(0, 100)]):.0f}"}
        rows.append(row)
    report.table("100 containers", rows,
                 ["", "up ms", "processes", "PSS kB each", "stop ms", "rm ms"])
    result["memory"] = rows


def part_many(r, result, _):
    """500 containers up at once; starting one more, listing them, removing them."""
    rows = []
    engine, limits = engines(r)["sdocker"]
    took = up(engine, limits, 0, 500)
    rows.append({"": "sdocker", "500 up ms": f"{took:.0f}",
                 "one more ms": f"{up(engine, limits, 500, 501):.1f}",
                 "ps ms": f"{timed(engine + ['ps']):.1f}",
                 "rm -f ms": f"{timed(engine + ['rm', '-f', *names(0, 501)]):.0f}"})
    report.table("500 containers", rows, ["", "500 up ms", "one more ms", "ps ms", "rm -f ms"])
    result["many"] = rows


def part_logs(r, result, _):
    """A program that writes 64 MB of lines as fast as it can, logged; then `logs` of all of it."""
    lines = 1 << 20
    script = f"yes 'a line of sixty-three bytes, as a program that talks a lot writes' | head -n {lines}"
    rows = []
    for name, (engine, limits) in engines(r).items():
        keep = {"sdocker": ["--log-opt", "max-size=1g"],
                "podman": ["--log-driver", "k8s-file"]}.get(name, [])
        begin = time.perf_counter()
        rivals.run(engine + ["run", "-d", "--name", "talker", "--network", "none", *limits, *keep,
                             IMAGE, "sh", "-c", script])
        rivals.run(engine + ["wait", "talker"])
        wrote = time.perf_counter() - begin
        begin = time.perf_counter()
        with subprocess.Popen(engine + ["logs", "talker"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE) as p:
            read = sum(chunk.count(b"\n") for chunk in iter(lambda: p.stdout.read(1 << 20), b""))
        took = time.perf_counter() - begin
        rivals.run(engine + ["rm", "talker"])
        rows.append({"": name, "written MB/s": f"{64 / wrote:.0f}", "read MB/s": f"{64 / took:.0f}",
                     "lines lost": lines - read})
    report.table("64 MB of log", rows, ["", "written MB/s", "read MB/s", "lines lost"])
    result["logs"] = rows


PARTS = {"memory": part_memory, "many": part_many, "logs": part_logs}
