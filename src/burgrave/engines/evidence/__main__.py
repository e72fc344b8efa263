"""``python -m burgrave.engines.evidence BUNDLE --key FINGERPRINT``.

Verify a bundle and say so, item by item.
"""

import argparse
import io
import sys
from collections.abc import Sequence

from burgrave.engines.evidence.terms import BundleError
from burgrave.engines.evidence.verify import verify_bundle

VERIFIED, NOT_VERIFIED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line per item.

    Return 0 if everything is verified, 1 if anything is not, 2 for a wrong call.
    """
    parser = argparse.ArgumentParser(
        prog="python -m burgrave.engines.evidence",
        description="Verify an evidence bundle offline.",
        epilog="Exit status: 0 all is verified, 1 something is not, 2 the call is wrong.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="the bundle, a zip file")
    parser.add_argument(
        "--key",
        required=True,
        metavar="FINGERPRINT",
        help="the fingerprint of the log's key, SHA256:…, which must not come from the bundle itself",
    )
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        verification = verify_bundle(given.bundle, fingerprint=given.key)
    except (BundleError, OSError) as fault:
        parser.exit(USAGE, f"{parser.prog}: {printable(str(fault))}\n")
    for item in verification.items:
        line = f"verified  {item.name} {item.sentence}" if item.ok else f"NOT VERIFIED  {item.name}: {item.sentence}"
        print(printable(line))  # noqa: T201 - the result of the command
    return VERIFIED if verification.holds else NOT_VERIFIED


def printable(text: str) -> str:
    """Write control characters and direction marks visibly, so that a stranger's names cannot forge lines."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


if __name__ == "__main__":
    sys.exit(main())
