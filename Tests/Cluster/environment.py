# SPDX-License-Identifier: Apache-2.0
"""What the scripts need on a machine, installed when it is missing.

Import this first: it moves the script into a virtual environment that has redis-py in the version
of requirements.txt. The environment lives in the user's cache folder and is made once.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
_MARKER = "KVD_TESTS_VENV"

# Command to Debian package.
_PACKAGES = {
    "redis-cli": "redis-tools",
    "redis-benchmark": "redis-tools",
    "redis-server": "redis-server",
    "strace": "strace",
    "faketime": "faketime",
    "mkfs.ext4": "e2fsprogs",
    "losetup": "mount",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}


def require_tools(*commands):
    """Installs the packages of the commands that are not there."""
    missing = [name for name in commands if _find(name) is None]
    if not missing:
        return
    unknown = [name for name in missing if name not in _PACKAGES]
    if unknown or os.geteuid() != 0:
        raise SystemExit(f"please install: {' '.join(missing)}")
    install_packages(sorted({_PACKAGES[name] for name in missing}))
    still = [name for name in commands if _find(name) is None]
    if still:
        raise SystemExit(f"installed, yet not found: {' '.join(still)}")


def install_packages(packages):
    """apt-get install, quietly, without starting any service that a package brings."""
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        for command in (["apt-get", "update", "-qq"], install):
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(install)} failed:\n{done.stdout}")
    finally:
        if ours:
            policy.unlink()


def _find(command):
    return shutil.which(command) or shutil.which(command, path="/usr/sbin:/sbin")


def _make(folder, requirements):
    """Makes the virtual environment, complete or not at all."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(partial)], capture_output=True)
    if made.returncode != 0 and os.geteuid() == 0:
        # Debian keeps venv's installer in a package of its own.
        install_packages(["python3-venv"])
        shutil.rmtree(partial, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(partial)], capture_output=True)
    if made.returncode != 0:
        raise SystemExit(f"python3 -m venv failed: {made.stdout.decode()}{made.stderr.decode()}")
    subprocess.run(
        [str(partial / "bin/python3"), "-m", "pip", "install", "--quiet",
         "--disable-pip-version-check", "-r", str(requirements)],
        check=True, stdin=subprocess.DEVNULL)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _enter():
    """Goes on as the same script under the virtual environment's interpreter."""
    if os.environ.get(_MARKER) and sys.prefix != sys.base_prefix:
        return
    requirements = HERE / "requirements.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = hashlib.sha256(f"{version} {sys.base_prefix} ".encode() + requirements.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kvd-tests"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"venv-{version}-{key.hexdigest()[:12]}"
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "bin/python3").exists():
            _make(folder, requirements)
    os.environ[_MARKER] = str(folder)
    os.execv(str(folder / "bin/python3"), [str(folder / "bin/python3"), *sys.argv])


if sys.version_info < (3, 11):
    raise SystemExit("these scripts need Python 3.11 or newer")
_enter()
