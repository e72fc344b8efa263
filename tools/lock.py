"""Write the lock files anew: hashes for every file, no registry address, wheels for Python 3.11 and newer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"


def main() -> None:
    """Compile each .in file in the order in which they constrain each other."""
    for name in ("uv", "core", "build", "dev", "spark-build", "spark"):
        target = REQUIREMENTS / f"{name}.txt"
        subprocess.run(
            [
                sys.executable, "-m", "uv", "pip", "compile", "--universal", "--python-version", "3.11",
                "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet",
                "--upgrade", "-o", target.name, f"{name}.in",
            ],
            cwd=REQUIREMENTS,
            check=True,
        )  # fmt: skip
        if "://" in target.read_text():
            sys.exit(f"lock: {target.name} holds an address; lock files carry hashes and no addresses")


main()
