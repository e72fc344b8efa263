"""Build .venv from the locked requirements. Runs on any Python, so that an old one gets a clear sentence.

Usage: python3 tools/setup.py core|dev|spark. Nothing happens when the locks have not changed since the last time.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOCKS = {
    "core": ["core.txt", "build.txt"],
    "dev": ["core.txt", "build.txt", "dev.txt"],
    "spark": ["core.txt", "build.txt", "dev.txt", "spark.txt"],
}
# PySpark is published as source only. It alone may be built, apart, by what its second lock names.
BUILT = {"spark.txt": ("pyspark", "spark-build.txt")}
NEEDED = (3, 11)


def fail(sentence):
    sys.stderr.write("setup: " + sentence + "\n")
    sys.exit(1)


def check_python():
    if sys.version_info[:2] < NEEDED:
        found = ".".join(str(part) for part in sys.version_info[:3])
        fail(
            "Burgrave needs Python 3.11 or newer, this is Python %s (%s). "
            "Install a newer one and run: make PYTHON=/path/to/python3.11 run" % (found, sys.executable)
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        fail("this Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv")


def wanted(kind):
    """A digest of everything that decides what the environment holds."""
    digest = hashlib.sha256(sys.version.encode())
    builders = [BUILT[name][1] for name in LOCKS[kind] if name in BUILT]
    for name in ["uv.txt"] + LOCKS[kind] + builders:
        with open(os.path.join(ROOT, "requirements", name), "rb") as lock:
            digest.update(lock.read())
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as project:
        digest.update(project.read())
    return digest.hexdigest()


def is_ready(kind):
    for known in [kind] + (["dev", "spark"] if kind == "core" else ["spark"]):
        stamp = os.path.join(VENV, "." + known)
        if os.path.exists(stamp) and open(stamp).read() == wanted(known):
            return True
    return False


def run(*arguments):
    code = subprocess.call(list(arguments), cwd=ROOT)
    if code:
        fail("this step ended with %s: %s" % (code, " ".join(arguments)))


def install(kind):
    files = []
    built = []
    for name in LOCKS[kind]:
        lock = ["-r", os.path.join("requirements", name)]
        if name in BUILT:
            built.append(
                lock + ["--no-binary", BUILT[name][0], "--build-constraints", "requirements/" + BUILT[name][1]]
            )
        else:
            files += lock
    strict = ["--require-hashes", "--only-binary", ":all:"]
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    has_uv = subprocess.call(pip + strict + ["-r", "requirements/uv.txt"], cwd=ROOT) == 0
    if has_uv:
        uv = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON]
        run(*(uv + strict + ["--compile-bytecode"] + files))
        for more in built:
            run(*(uv + strict + more))
        run(*(uv + ["--no-deps", "--no-build-isolation", "-e", "."]))
    elif built:
        fail("uv builds PySpark from its locked source, and uv is not to be had for this machine")
    else:
        sys.stderr.write("setup: uv is not to be had for this machine; pip installs everything, which takes longer\n")
        run(*(pip + strict + files))
        run(*(pip + ["--no-deps", "--no-build-isolation", "-e", "."]))


def main():
    kind = sys.argv[1] if len(sys.argv) == 2 else ""
    if kind not in LOCKS:
        fail("usage: tools/setup.py core|dev|spark")
    check_python()
    if not is_ready(kind):
        sys.stderr.write("setup: building .venv (%s)\n" % kind)
        if not os.path.exists(PYTHON):
            run(sys.executable, "-m", "venv", VENV)
        install(kind)
        with open(os.path.join(VENV, "." + kind), "w") as stamp:
            stamp.write(wanted(kind))
    run(PYTHON, "-m", "burgrave.web.messages", "compile")


main()
