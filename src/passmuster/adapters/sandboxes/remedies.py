"""What to do where a sandbox does not work, by what it complains of."""

from collections.abc import Sequence
from typing import Final

from passmuster.domain.errors import SandboxError

_UBUNTU: Final = (
    "this system lets no ordinary program make namespaces of users. Either install AppArmor's profile"
    " bwrap-userns-restrict, which allows it to bwrap alone (from Ubuntu 25.04 on it comes with the package"
    " apparmor-profiles), or allow it to all: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
)
_IN_CONTAINER: Final = (
    "a container forbids its programs to make namespaces. Start it with --security-opt seccomp=unconfined"
    " --security-opt apparmor=unconfined, or run passmuster outside of it"
)
_SWITCHED_OFF: Final = (
    "the kernel makes no more namespaces of users. If cat /proc/sys/user/max_user_namespaces shows 0, allow some:"
    " sudo sysctl -w user.max_user_namespaces=15000"
)
_UNREADABLE: Final = (
    "a folder that is to be shown cannot be read by the user of the sandbox, such as one below root's home;"
    " put it where everybody may read it"
)
_OLD: Final = "this bubblewrap is too old; 0.7 or newer is needed"

_REMEDIES: Final[Sequence[tuple[Sequence[str], str]]] = (
    (("ENOSPC", "No space left on device"), _SWITCHED_OFF),
    (("setting up uid map: Permission denied", "loopback: Failed RTM_NEWADDR"), _UBUNTU),
    (("No permissions to create", "Creating new namespace failed", "Operation not permitted"), _IN_CONTAINER),
    (("Can't mount proc",), _IN_CONTAINER),
    (("Can't find source path", "Can't bind mount", "Can't get type of source"), _UNREADABLE),
    (("Unknown option",), _OLD),
)
"""What stands in a complaint, and what helps. The first that fits is taken."""

_ABOUT_NAMESPACES: Final = ("max_user_namespaces", "disable-userns", "unshare user ns", "was not disabled as requested")


def remedy_for(complaint: str) -> str:
    """Return what helps against a complaint; empty if nothing is known."""
    fitting = (remedy for signs, remedy in _REMEDIES if any(sign in complaint for sign in signs))
    return next(fitting, "")


def is_about_namespaces(complaint: str) -> bool:
    """Whether a sandbox complains that it cannot forbid further namespaces of users inside."""
    return any(sign in complaint for sign in _ABOUT_NAMESPACES)


def explained(error: SandboxError) -> SandboxError:
    """Return an error with what helps against it as its hint."""
    return error if error.hint else SandboxError(error.message, hint=remedy_for(error.message))
