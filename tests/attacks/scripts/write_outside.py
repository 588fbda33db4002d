"""Writes outside of the folders that are meant for it."""

from pathlib import Path

from attacking import attempt, question

FOLDERS = ["/", "/usr", "/usr/bin", "/etc", "/dev", "/var/tmp", "/home", "/root", "/opt", question()["shared"]]  # noqa: S108 - it must fail

attempt({folder: (lambda folder=folder: (Path(folder) / "written").write_text("x")) for folder in FOLDERS})
