"""How keys and passwords look: by the shapes that their issuers document, and by what stands before them.

Here is found whatever may be a secret; who must not cry wolf looks closer at what was found.
"""

import re
from collections.abc import Iterator
from itertools import chain

KEY_SHAPES = (
    (
        "a private key",
        ("PRIVATE KEY",),
        re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s{1,9}[A-Za-z0-9+/=]{40,}"),
    ),
    ("an access key of AWS", ("AKIA", "ASIA"), re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    (
        "a token of GitHub",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b"),
    ),
    ("a token of GitLab", ("glpat-",), re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}\b")),
    ("a token of Slack", ("xox",), re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{20,}\b")),
    ("a key of Anthropic", ("sk-ant-",), re.compile(r"\bsk-ant-[A-Za-z0-9_-]{24,}")),
    ("a key of OpenAI", ("sk-",), re.compile(r"\bsk-(?:proj-|svcacct-)?(?!ant-)[A-Za-z0-9_-]{32,}")),
    ("a key of Google", ("AIza",), re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("a key of Stripe", ("_live_",), re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,}\b")),
    ("a token of npm", ("npm_",), re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a token of PyPI", ("pypi-",), re.compile(r"\bpypi-[A-Za-z0-9_-]{50,}")),
    ("a token of Hugging Face", ("hf_",), re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")),
    (
        "a JSON Web Token",
        ("eyJ",),
        re.compile(r"\beyJ[A-Za-z0-9_-]{10,400}\.eyJ[A-Za-z0-9_-]{10,400}\.[A-Za-z0-9_-]{20,}"),
    ),
)
"""Keys of well-known issuers, as long as they are issued: what each is, words of which it must have one, its shape."""

# Shorter ones, as they stand in a log that was cut; and keys of whoever follows the same habit.
_KEYLIKE = re.compile(
    r"\b(?:gh[pousr]|github_pat|glpat|xox[abposr]|sk|pk|rk|hf|npm|pypi)[-_][A-Za-z0-9_-]{12,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----.*?(?:-----END (?:[A-Z]+ )?PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_ASSIGNED = re.compile(
    r"(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|authorization|bearer)"
    r"[\"']?\s{0,3}(?:[:=]|\bis\b|\s)\s{0,3}(?:bearer |basic )?[\"']?(?P<value>[A-Za-z0-9+/=_.!@#$%^&*~-]{8,400})",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]{1,200}:[^\s/@]{1,200}(?=@)")
_RANDOM = re.compile(
    r"(?<![\w/+.-])(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])(?=[A-Za-z0-9+/_-]*\d)[A-Za-z0-9+/_-]{32,}={0,2}"
)
_WORDLIKE = re.compile(r"[A-Za-z]+[.,;:!?]*")


def secret_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where something stands that may be a secret, in order; two spans may overlap."""
    shapes = (_KEYLIKE, *(shape for _, _, shape in KEY_SHAPES), _CREDENTIALS, _RANDOM)
    found = chain(
        (match.span() for shape in shapes for match in shape.finditer(text)),
        (match.span("value") for match in _ASSIGNED.finditer(text) if not _WORDLIKE.fullmatch(match["value"])),
    )
    yield from sorted(found)
