"""What the language of a code block, and the suffix of a path, tell about each other."""

import re

# Languages by their names in info strings, and the suffixes of their files.
_FAMILIES = (
    ("python python3 py py3 pyi", ".py .pyi"),
    ("javascript js jsx node mjs cjs", ".js .jsx .mjs .cjs"),
    ("typescript ts tsx", ".ts .tsx .mts .cts"),
    ("json jsonc json5 jsonl", ".json .jsonc .json5 .jsonl .lock .ipynb .webmanifest"),
    ("yaml yml", ".yaml .yml"),
    ("toml", ".toml .lock"),
    ("ini cfg conf properties dotenv env", ".ini .cfg .conf .properties .env .example .service"),
    ("html htm jinja jinja2 django vue svelte", ".html .htm .jinja .jinja2 .j2 .vue .svelte"),
    ("css scss sass less", ".css .scss .sass .less"),
    ("sql postgresql mysql sqlite", ".sql"),
    ("xml svg", ".xml .svg .xsd"),
    ("go golang", ".go .mod .sum"),
    ("rust rs", ".rs"),
    ("java kotlin kt groovy gradle scala", ".java .kt .kts .groovy .gradle .scala"),
    ("c cpp c++ cc h hpp objc", ".c .h .cc .cpp .hpp .cxx .m"),
    ("csharp cs c#", ".cs .csproj"),
    ("ruby rb", ".rb .gemspec .rake"),
    ("php", ".php"),
    ("swift", ".swift"),
    ("lua", ".lua"),
    ("r", ".r"),
    ("mako template tmpl", ".mako .tmpl"),
    ("dockerfile docker containerfile", ".dockerfile"),
    ("makefile make", ".mk"),
    ("hcl terraform tf", ".tf .tfvars .hcl"),
    ("proto protobuf", ".proto"),
    ("graphql gql", ".graphql .gql"),
    ("markdown md mdx rst", ".md .mdx .markdown .rst"),
    ("csv tsv", ".csv .tsv"),
    ("nginx", ".conf"),
    ("bash sh shell zsh fish", ".sh .bash .zsh .fish .env .example"),
    ("powershell ps1 pwsh", ".ps1 .psm1"),
    ("bat batch cmd", ".bat .cmd"),
)
_SUFFIXES = {name: frozenset(suffixes.split()) for names, suffixes in _FAMILIES for name in names.split()}
_KNOWN_SUFFIXES = frozenset().union(*_SUFFIXES.values(), {".txt", ".log", ".in", ".cmake", ".patch"})
_KNOWN_NAMES = frozenset(
    {
        "dockerfile",
        "containerfile",
        "makefile",
        "procfile",
        "license",
        "gemfile",
        "rakefile",
        "jenkinsfile",
        "vagrantfile",
        "justfile",
        "readme",
        "caddyfile",
        "pipfile",
        "codeowners",
        ".env",
        ".gitignore",
        ".dockerignore",
        ".editorconfig",
        ".gitattributes",
        ".npmrc",
        ".nvmrc",
        ".eslintrc",
        ".prettierrc",
        ".flake8",
        ".pylintrc",
        ".coveragerc",
        ".python-version",
        "py.typed",
        "go.mod",
        "manifest.in",
    }
)
_TRANSCRIPTS = frozenset(
    {
        "bash",
        "sh",
        "shell",
        "zsh",
        "fish",
        "powershell",
        "ps1",
        "pwsh",
        "bat",
        "batch",
        "cmd",
        "console",
        "shell-session",
        "shellsession",
        "sh-session",
        "terminal",
        "output",
        "stdout",
        "stderr",
        "log",
        "text",
        "txt",
        "plain",
        "plaintext",
        "tree",
        "http",
    }
)
_PROSE = frozenset({"markdown", "md"})
_CHANGES = frozenset({"diff", "patch", "udiff"})

_SUFFIX = re.compile(r"\.[a-z][a-z0-9_]{0,15}\Z")


def suffix_of(path: str) -> str:
    """Return the suffix of a path's last part, its full stop included, in lower case; empty where there is none."""
    found = _SUFFIX.search(path.rpartition("/")[2].casefold())
    return "" if found is None else found.group()


def looks_like_path(text: str) -> bool:
    """Return whether a word is a file's path and hardly anything else: ``app/x.py``, ``Dockerfile``, ``.env``."""
    name = text.rpartition("/")[2].casefold()
    if not name or "://" in text or any(character in '<>"|*?`=,;' or character.isspace() for character in text):
        return False
    if name in _KNOWN_NAMES or suffix_of(name) in _KNOWN_SUFFIXES:
        return True
    return ("/" in text or "\\" in text) and suffix_of(name) != ""


def is_language_name(word: str) -> bool:
    """Return whether a word names a language, even where it could be a file's name: ``dockerfile``."""
    return word.casefold() in _SUFFIXES


def can_hold(language: str, path: str) -> bool:
    """Return whether a block in a language may be the file of a path; what is not known may be anything."""
    suffixes = _SUFFIXES.get(language.casefold())
    suffix = suffix_of(path)
    if is_transcript(language):
        # "Run `app/main.py`:" stands before a command far more often than before a file.
        return suffix in (suffixes or {".txt", ".log", ".in", ".md", ".env", ".example", ""})
    return suffixes is None or suffix not in _KNOWN_SUFFIXES or suffix in suffixes


def is_transcript(language: str) -> bool:
    """Return whether blocks of a language show commands or what they print, and are files only by name."""
    return language.casefold() in _TRANSCRIPTS


def is_prose(language: str) -> bool:
    """Return whether blocks of a language may be the wrapper of a whole answer."""
    return language.casefold() in _PROSE


def is_change(language: str) -> bool:
    """Return whether blocks of a language change files instead of being files."""
    return language.casefold() in _CHANGES
