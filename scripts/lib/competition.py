"""Makes a Markdown table of measures: medians, and medians of each one's ratio to ours in the same round.

usage: competition.py < MEASURES    lines of DIRECTION TARGET TOOL ROUND MICROSECONDS USER SYSTEM KIB
"""

import collections
import statistics
import sys

OURS = "wharf"


def main():
    measures = collections.defaultdict(dict)
    for line in sys.stdin:
        direction, target, tool, round_, wall, user, system, peak = line.split()
        measures[direction, target].setdefault(tool, {})[round_] = (
            int(wall) / 1e6,
            float(user) + float(system),
            int(peak) / 1024,
        )
    print("| work | who | wall | wall, ours = 1 | cpu | cpu, ours = 1 | peak |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for (direction, target), tools in measures.items():
        ours = tools[OURS]
        for tool, rounds in sorted(tools.items(), key=lambda entry: entry[0] != OURS):
            wall, cpu, peak = (statistics.median(column) for column in zip(*rounds.values()))
            ratios = [
                statistics.median(rounds[at][which] / max(ours[at][which], 0.01) for at in rounds) for which in (0, 1)
            ]
            where = {"pull": "from", "push": "to"}[direction]
            print(
                f"| {direction} {where} {target} | {tool} | {wall:.2f} s | {ratios[0]:.2f}"
                f" | {cpu:.2f} s | {ratios[1]:.2f} | {max(p for _, _, p in rounds.values()):.0f} MiB |"
            )


main()
