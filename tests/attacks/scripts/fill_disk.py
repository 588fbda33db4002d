"""Fills every folder that it can write to."""

from pathlib import Path

from attacking import question, tell

DISK = question()["disk"]
SHARED = 67_108_864
broken, held = {}, {}
FOLDERS = {"/sandbox": DISK, "/tmp": DISK, "/dev/shm": SHARED, "/": 0, "/dev": 0, "/run": 0}  # noqa: S108 - to be filled
for folder, most in FOLDERS.items():
    written = 0
    for number in range(3):
        try:
            with (Path(folder) / f"filling{number}").open("wb") as filling:
                while True:
                    written += filling.write(bytes(1 << 20))
        except OSError:
            continue
    (held if written <= most + (3 << 20) else broken)[folder] = f"{written >> 20} MiB"
tell(broken, ", ".join(f"{folder} {amount}" for folder, amount in held.items()))
