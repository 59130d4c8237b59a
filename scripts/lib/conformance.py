"""Makes Markdown of the reports of conformance suites: a table of counts, what was skipped and why, and what failed.

usage: conformance.py DIRECTORY    of directories called "STACK, SUITE", each with a junit.xml
Exits with 1 when anything failed, and when nothing passed.
"""

import collections
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

PREFIXES = ("OCI Conformance Test/", "OCI Distribution Conformance Tests ")


def main():
    reports = sorted(pathlib.Path(sys.argv[1]).glob("*/junit.xml"), key=lambda path: path.stat().st_mtime_ns)
    skips, failures, good = collections.defaultdict(list), collections.defaultdict(list), True
    print("| over | suite | passed | failed | skipped |\n|---|---|--:|--:|--:|")
    for report in reports:
        stack, suite = report.parent.name.split(", ", 1)
        root = ElementTree.parse(report)
        cases = [case for case in root.iter("testcase") if case.get("name").startswith(PREFIXES)]
        passed, failed, skipped = counts(root, cases)
        print(f"| {stack} | {suite} | {passed} | {failed} | {skipped} |")
        good = good and passed > 0 and failed == 0
        for case in cases:
            if case.get("status") != "passed":
                kind = skips if case.get("status") == "skipped" else failures
                kind[suite, name(case), reason(case)].append(stack)
    tell("Skipped", skips)
    tell("Failed", failures)
    return 0 if good and reports else 1


def counts(root, cases):
    """The redesigned suite counts what its cases are made of as well, and apart what its configuration leaves out."""
    suite = next(root.iter("testsuite"))
    if not cases or not cases[0].get("name").startswith(PREFIXES[0]):
        status = collections.Counter(case.get("status") for case in cases)
        passed, skipped = status.pop("passed", 0), status.pop("skipped", 0)
        return passed, status.total(), skipped
    number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "disabled", "skipped")}
    failed, skipped = number["failures"] + number["errors"], number["disabled"] + number["skipped"]
    return number["tests"] - failed - skipped, failed, skipped


def name(case):
    text = case.get("name")
    return next(text.removeprefix(prefix) for prefix in PREFIXES if text.startswith(prefix))


def reason(case):
    """The first line of what is said of a case that says why: a message, the output, else what was skipped for what."""
    said = [child.get("message") or child.text or "" for tag in ("failure", "error") for child in case.findall(tag)]
    said += [child.text or "" for child in case.findall("system-out")]
    said += [line for child in case.findall("system-err") for line in (child.text or "").splitlines()[1:2]]
    return " ".join(next((text for text in said if text.strip()), "").split())[:200]


def tell(title, cases):
    if cases:
        print(f"\n{title}:\n")
    for (suite, name, reason), stacks in cases.items():
        print(f"- {suite}: {name} ({len(stacks)}×): {reason}")


sys.exit(main())
