"""Changes the root folder, which is how one gets out of another one."""

import os

from attacking import attempt, call

attempt({"chroot": lambda: os.chroot("/sandbox"), "pivot_root": lambda: call(155, 41, b"/tmp", b"/tmp")})
