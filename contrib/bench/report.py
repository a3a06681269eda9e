# SPDX-License-Identifier: Apache-2.0
"""Tables, JSON and the plot of what was measured."""
import json
import os
import platform
import re
import statistics


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    with open("/proc/mounts", encoding="utf-8") as f:
        v1 = sum(line.split()[2] == "cgroup" for line in f)
    return {"kernel": platform.release(), "arch": platform.machine(),
            "cpu": model.group(1) if model else "?", "cores": os.cpu_count(),
            "cgroups": f"v1, {v1} hierarchies" if v1 else "v2"}


def spread(samples):
    """Median and quartiles."""
    if len(samples) < 2:
        return {"median": samples[0], "q1": samples[0], "q3": samples[0], "n": 1}
    q1, median, q3 = statistics.quantiles(samples, n=4, method="inclusive")
    return {"median": median, "q1": q1, "q3": q3, "min": min(samples), "n": len(samples)}


def ratio(values, name, base):
    """The median of the ratios within each round: what the machine did meanwhile cancels out."""
    pairs = [a / b for a, b in zip(values[name], values[base])]
    return statistics.median(pairs)


def table(title, rows, columns):
    widths = [max(len(str(r.get(c, ""))) for r in rows + [{c: c}]) for c in columns]
    print(f"\n{title}")
    print("  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                    for i, (c, w) in enumerate(zip(columns, widths))).rstrip())
    for r in rows:
        print("  ".join(str(r.get(c, "")).ljust(w) if i == 0 else str(r.get(c, "")).rjust(w)
                        for i, (c, w) in enumerate(zip(columns, widths))).rstrip())


def timings(title, values, bases, rss=None):
    rows = []
    for name in values:
        s = spread(values[name])
        row = {"": name, "median ms": f"{s['median']:.2f}", "q1": f"{s['q1']:.2f}",
               "q3": f"{s['q3']:.2f}"}
        for base in bases:
            if base in values:
                row[f"x {base}"] = f"{ratio(values, name, base):.2f}"
        if rss:
            row["max RSS"] = f"{rss[name] / 1024:.1f} MB"
        rows.append(row)
    columns = ["", "median ms", "q1", "q3"] + [f"x {b}" for b in bases if b in values]
    table(title, rows, columns + (["max RSS"] if rss else []))


def summary(values):
    return {name: spread(samples) for name, samples in values.items()}


def save(path, result):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(result, f, indent=2)
        f.write("\n")


def plot(path, values, where):
    """Bars on a logarithmic scale, each with its quartiles."""
    import math
    order = sorted(values, key=lambda n: statistics.median(values[n]))
    left, width, step, top = 150, 430, 26, 46
    low, high = 1.0, 1000.0

    def x(ms):
        return left + width * math.log(max(ms, low) / low) / math.log(high / low)

    height = top + step * len(order) + 34
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" '
           'font-family="sans-serif" font-size="13">',
           '<rect width="100%" height="100%" fill="#fff"/>',
           '<text x="12" y="20" font-size="15">run /bin/true in a container and remove it: '
           'milliseconds, median and quartiles</text>']
    for ms in (1, 10, 100, 1000):
        out.append(f'<path d="M{x(ms):.1f} {top - 12}V{height - 30}" stroke="#ddd"/>'
                   f'<text x="{x(ms):.1f}" y="{top - 14}" text-anchor="middle" fill="#777" '
                   f'font-size="11">{ms}</text>')
    for i, name in enumerate(order):
        s, y = spread(values[name]), top + i * step
        color = "#0a6" if name.startswith("sdocker") else "#8ac"
        out.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{name}</text>'
                   f'<rect x="{left}" y="{y + 2}" width="{x(s["median"]) - left:.1f}" height="16" '
                   f'fill="{color}"/><path d="M{x(s["q1"]):.1f} {y + 10}H{x(s["q3"]):.1f}" '
                   f'stroke="#333" stroke-width="2"/>'
                   f'<text x="{x(s["q3"]) + 8:.1f}" y="{y + 15}">{s["median"]:.1f}</text>')
    out.append(f'<text x="12" y="{height - 10}" fill="#777" font-size="11">Linux {where["kernel"]}, '
               f'{where["cores"]} cores {where["cpu"]}, cgroups {where["cgroups"]}; warm cache, '
               'interleaved rounds (make bench)</text></svg>')
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")
