# ruff: noqa: E501, ISC004 - one clause a line
"""Measure reading and linting of norms, beside only splitting the same text into words.

    python benchmarks/norms.py [CLAUSES]

A norm of CLAUSES clauses (500 by default) is made of real turns of phrase, in English and in Chinese. Printed are the
median and the range over 20 runs, in milliseconds of CPU, and the ratio to the lower limit: one pass of a regular
expression that finds the words.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable

from burgrave.engines.norms import lint_all, read

RUNS = 20
HEAD = "---\nid: {}\ntitle: A norm\nkind: norm\nowner: Head of security\nreview: annually\n---\n\n# Clauses\n\n"
ENGLISH = (
    "AC-{n} The system owner shall review all access rights of system {n} at least every 90 days and within 5 working days "
    "after a change of role, recorded in the access register.\n\nEvidence: signed list of the review\n",
    "AC-{n} If an employee leaves, the line manager shall have every account disabled by the service desk within 24 hours.\n\n"
    "Evidence: ticket with times\n",
    "AC-{n} Backups shall be kept regularly and may not be deleted; appropriate measures should be taken where possible.\n",
)
CHINESE = (
    "AC-{n} 系统所有者应当至少每90天评审一次系统{n}的全部访问权限，并记录在权限台账中。\n\n证据：评审清单\n",
    "AC-{n} 员工离职时，直接主管应当在24小时内通知服务台停用其全部账号。\n\n证据：工单\n",
    "AC-{n} 备份应当定期保存，必要时采取适当措施，不得随意删除。\n",
)
WORDS = re.compile(r"\w+")


def norm(sentences: tuple[str, ...], count: int, name: str) -> bytes:
    """A document of this many clauses."""
    return (HEAD.format(name) + "\n".join(sentences[n % len(sentences)].format(n=n) for n in range(count))).encode()


def measured(work: Callable[[], object]) -> list[float]:
    """CPU milliseconds of each run, after one that nobody counts."""
    work()
    taken = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        taken.append((time.process_time() - start) * 1000)
    return taken


def main() -> None:
    """Both languages, each step, and the limit."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for language, sentences in (("English", ENGLISH), ("Chinese", CHINESE)):
        source = norm(sentences, count, language)
        parsed = read(source, path="norm.md")
        assert len(parsed.clauses) == count
        limit = statistics.median(measured(lambda text=source: WORDS.findall(text.decode())))  # type: ignore[misc] # bound now
        both = measured(lambda text=source: lint_all([read(text, path="norm.md")]))  # type: ignore[misc] # bound now
        reading = measured(lambda text=source: read(text, path="norm.md"))  # type: ignore[misc] # bound now
        found = len(lint_all([parsed]))
        print(
            f"{language}: {count} clauses, {len(source) / 1024:.0f} KiB, {found} findings; read "
            f"{statistics.median(reading):.1f} ms; read and lint {statistics.median(both):.1f} ms "
            f"({min(both):.1f} to {max(both):.1f}, {RUNS} runs, CPU); words alone {limit:.2f} ms, "
            f"ratio {statistics.median(both) / limit:.0f}"
        )


main()
