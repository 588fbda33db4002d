"""Looks for a secret of whoever runs the sandbox in the environments and arguments of all processes."""

from pathlib import Path

from attacking import question, tell

SECRET = question()["secret"].encode()
broken = {}
looked = 0
for kind in ("environ", "cmdline", "comm", "task/*/environ"):
    for place in Path("/proc").glob(f"[0-9]*/{kind}"):
        try:
            content = place.read_bytes()
        except OSError:
            continue
        looked += 1
        if SECRET in content:
            broken[str(place)] = "the secret was found"
tell(broken, f"{looked} listings without it")
