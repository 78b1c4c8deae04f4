"""A small disk of its own, for a server to find full, and what a power cut would leave of it."""

import errno
import os
import pathlib
import shutil
import subprocess
import tempfile

MEGABYTES = 256
# Made anew by each start; or being copied.
PASSING = shutil.ignore_patterns("*.sock", "*-shm", "*.copying")


class Volume:
    """A tmpfs, where this user may mount one; else a plain folder, which does not get full."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.reason = None
        mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0700", "plateau-faults", str(self.folder)]
        try:
            done = subprocess.run(mount, capture_output=True, text=True)
            if done.returncode != 0:
                self.reason = done.stderr.strip()
        except OSError as error:
            self.reason = str(error)
        self.is_small = self.reason is None

    def fill(self):
        """Takes what is left, to the last byte."""
        descriptor = os.open(self.folder / "filler", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            block = 1 << 20
            while block:
                try:
                    os.write(descriptor, bytes(block))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    block //= 2
        finally:
            os.close(descriptor)

    def free(self):
        (self.folder / "filler").unlink()

    def end(self):
        if self.is_small:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


class Durable:
    """What is surely on disk of a data directory, kept up by `durable.c` within the server."""

    def __init__(self, work):
        self.library = work / "durable.so"
        source = pathlib.Path(__file__).resolve().with_name("durable.c")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", self.library, source, "-ldl", "-lpthread"], check=True)
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plateau-durable.", dir=memory))

    def take(self, directory):
        """Everything there is: a system that goes on writes it out sooner or later."""
        shutil.rmtree(self.folder)
        if directory.is_dir():
            shutil.copytree(directory, self.folder, ignore=PASSING)
        else:
            self.folder.mkdir()

    def leave(self, directory):
        """Puts what is durable in the place of a directory. A worker of the dead server may still write to its cache there."""
        gone = directory.with_name("gone")
        directory.rename(gone)
        shutil.copytree(self.folder, directory, ignore=PASSING, dirs_exist_ok=True)
        shutil.rmtree(gone, ignore_errors=True)

    def end(self):
        shutil.rmtree(self.folder)
