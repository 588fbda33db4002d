"""Changes how the kernel works; the first of these would run a program as root, outside."""

import os

from attacking import attempt

PLACES = [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/vm/drop_caches",
    "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/cgroup.procs",
]

attempt({place: (lambda place=place: os.open(place, os.O_WRONLY)) for place in PLACES})
