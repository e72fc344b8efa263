"""Generate the Python client of the JSON API from its own description.

Usage: python tools/make_client.py FOLDER. The package is written to FOLDER, whose name becomes the package's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def description() -> dict[str, object]:
    """The OpenAPI description, with the status codes as the text that JSON makes of them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "burgrave.site.settings_test")
    import django

    django.setup()
    from burgrave.site.api import api

    schema: dict[str, object] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return schema


def make(folder: Path) -> int:
    """Returns the exit code of the generator."""
    with tempfile.TemporaryDirectory() as scratch:
        source, config = Path(scratch, "openapi.json"), Path(scratch, "config.json")
        source.write_text(json.dumps(description()), "utf-8")
        config.write_text(
            json.dumps({"package_name_override": folder.name, "literal_enums": False, "post_hooks": []}), "utf-8"
        )
        made = subprocess.run(
            [
                *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--overwrite"),
                *("--path", str(source), "--config", str(config), "--output-path", str(folder)),
            ],
            check=False,
        )
    return made.returncode


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/make_client.py FOLDER")
    sys.exit(make(Path(sys.argv[1])))
