"""Leaves links, pipes and a device in its folder, for whoever reads the folder afterwards."""

import os
import stat
from pathlib import Path

from attacking import attempt

Path("result.json").symlink_to("/etc/shadow")
Path("up").symlink_to("../../../../..")
os.mkfifo("pipe")
attempt(
    {
        "a device": lambda: os.mknod("memory", 0o600 | stat.S_IFBLK, os.makedev(8, 0)),
        "through the link": lambda: Path("result.json").read_bytes(),
        "up": lambda: next(Path("up/root").iterdir()),
    }
)
