# SPDX-License-Identifier: Apache-2.0
"""A file system whose power can be cut: ext4 on a file behind a loop device with direct I/O.

What the kernel has only in memory is not in the file. So a copy of the file, taken while the file
system is mounted, is what a disk holds after a power cut: synced data is there, other data is not.
"""

import ctypes
import mmap
import os
import subprocess
import tempfile
from pathlib import Path

import environment
from cluster import expect
from script import Skipped

environment.require_tools("mkfs.ext4", "losetup", "unshare")

_MEGABYTE = 1 << 20
_OLD = b"synced, not to be lost".ljust(4096)
_NEW = b"never synced, to be lost".ljust(4096)


def enter_namespace():
    """Mounts are private to this process and its children, and gone with them, whatever happens."""
    if os.geteuid() != 0:
        raise Skipped("mounting needs root")
    libc = ctypes.CDLL(None, use_errno=True)
    CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x00020000, 0x4000, 0x40000
    if libc.unshare(CLONE_NEWNS) != 0:
        raise Skipped(f"no mount namespace: {os.strerror(ctypes.get_errno())}")
    if libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise Skipped(f"mounts cannot be private: {os.strerror(ctypes.get_errno())}")


def require_loop_device():
    """Skips only where a loop device with direct I/O really cannot be had."""
    with tempfile.NamedTemporaryFile(dir=tempfile.gettempdir()) as file:
        file.truncate(_MEGABYTE)
        try:
            device = _attach(file.name)
        except OSError as error:
            raise Skipped(f"no loop device: {error}") from error
        _run("losetup", "-d", device)


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.strip()


def _attach(path):
    return _run("losetup", "--show", "--direct-io=on", "--find", str(path))


class Disk:
    """An image and where it is mounted."""

    def __init__(self, folder, name, megabytes=384):
        self.folder = Path(folder)
        self.name = name
        self.mountpoint = self.folder / name
        self.mountpoint.mkdir()
        self.device = None
        self.image = self.folder / f"{name}.img"
        with open(self.image, "wb") as file:
            file.truncate(megabytes * _MEGABYTE)
        _run("mkfs.ext4", "-q", "-F", "-m", "0",
             "-E", "lazy_itable_init=0,lazy_journal_init=0", str(self.image))

    def mount(self):
        """A long commit interval, so that nothing becomes durable just because time passes."""
        self.device = _attach(self.image)
        _run("mount", "-t", "ext4", "-o", "noatime,commit=300", self.device, str(self.mountpoint))

    def unmount(self):
        if self.device is None:
            return
        if os.path.ismount(self.mountpoint):
            _run("umount", str(self.mountpoint))
        _run("losetup", "-d", self.device)
        self.device = None

    def plant(self):
        """Writes what a cut must keep and what it must lose, for `cut_is_real`."""
        fd = os.open(self.mountpoint / "probe", os.O_RDWR | os.O_CREAT, 0o644)
        os.pwrite(fd, _OLD, 0)
        os.fsync(fd)
        os.pwrite(fd, _NEW, 0)
        os.close(fd)
        directory = os.open(self.mountpoint, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)

    def copy(self):
        """Copies the image as the device holds it now; `use_copy` puts it in the image's place.

        Backwards: a journal is written forwards, so whoever reads its commit block first finds
        before it all that it commits, even if a last write is still under way.
        """
        buffer = mmap.mmap(-1, _MEGABYTE)
        zeros = bytes(_MEGABYTE)
        source = os.open(self.image, os.O_RDONLY | os.O_DIRECT)
        size = os.fstat(source).st_size
        with open(self._copy, "wb", buffering=0) as target:
            target.truncate(size)
            for offset in reversed(range(0, size, _MEGABYTE)):
                count = os.preadv(source, [buffer], offset)
                if buffer[:count] != zeros[:count]:
                    os.pwrite(target.fileno(), buffer[:count], offset)
        os.close(source)

    def use_copy(self):
        """Unmounts the image, which nobody uses any more, and mounts the copy in its place."""
        self.unmount()
        self._copy.replace(self.image)
        self.mount()

    @property
    def _copy(self):
        return self.image.with_suffix(".copy")

    def check_cut(self):
        """Fails unless the mounted copy has what was synced and lacks what was not."""
        probe = (self.mountpoint / "probe").read_bytes()
        expect(probe != _NEW, f"{self.name}: unsynced data survived, so the cut proves nothing")
        expect(probe == _OLD, f"{self.name}: the file system lost synced data")
