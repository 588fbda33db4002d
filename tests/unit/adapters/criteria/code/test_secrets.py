"""Secrets and settings in code."""

from pathlib import Path

import pytest

from passmuster.adapters.criteria.code.programs.secrets import secrets_in, secrets_in_text
from passmuster.adapters.criteria.code.programs.settings import settings_told

from .examiners import read_files

LIVE = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
CLOUD = "AKIA" + "Q3EGZKLM7PLW2RTX"


def found_in(folder: Path, text: str, path: str = "app/settings.py") -> list[int]:
    [source] = read_files(folder, {path: text}).good
    return [place.line for place in secrets_in(source)]


@pytest.mark.parametrize(
    "text",
    [
        'password = "hunter2"\n',
        'db_password: str = "hunter2"\n',
        'API_KEY = b"hunter2"\n',
        'self.secret = "hunter2"\n',
        'settings["JWT_SECRET"] = "hunter2"\n',
        'config = {"client_secret": "hunter2"}\n',
        'connect(password="hunter2")\n',
        'def connect(user: str, password: str = "hunter2") -> None: ...\n',
        'def connect(*, token: str = "hunter2") -> None: ...\n',
        f'stripe_key = SecretStr("{LIVE}")\n',
        'secret_key: SecretStr = SecretStr("hunter2")\n',
        'secret_key: str = Field(default="hunter2", description="The key.")\n',
        'secret_key: str = Field("hunter2")\n',
        'import os\nx = os.getenv("SECRET_KEY", "hunter2")\n',
        'import os\nSECRET_KEY = os.environ.get("ANYTHING") or "hunter2"\n',
        'if (token := "hunter2"): ...\n',
        'secretKey = "hunter2"\n',
        f'x = "{LIVE}"\n',
        f'x = call("{CLOUD}")\n',
        'x = "postgresql://app:hunter2@db:5432/app"\n',
        'x = "-----BEGIN RSA PRIVATE KEY-----"\n',
        'secret = "hunter2".encode()\n',
    ],
)
def test_a_literal_secret_is_found(tmp_path: Path, text: str) -> None:
    """By the name that it is given, wherever Python gives one, or by its shape."""
    assert found_in(tmp_path, text) == [text.count("\n")]


@pytest.mark.parametrize(
    "text",
    [
        'password: str = Field(description="The password of the database")\n',
        "password: str\n",
        'password: str = ""\n',
        'import os\nSECRET_KEY = os.environ["SECRET_KEY"]\n',
        'import os\nSECRET_KEY = os.getenv("SECRET_KEY")\n',
        'secret_name = "orders/database"\n',
        'token_url = "/token"\nscheme = OAuth2PasswordBearer(tokenUrl="/v1/token")\n',
        'token_type: str = "bearer"\n',
        'TOKEN_HEADER = "X-Api-Token"\napi_key = APIKeyHeader(name="X-API-Key")\n',
        'API_KEY_VARIABLE = "API_KEY"\napi_key = require("API_KEY")\napi_key_setting = "PAYMENT_API_KEY"\n',
        'message = "the password is wrong"\npassword_error = "too short"\n',
        'invalid_token = "invalid"\n',
        'from enum import StrEnum\nclass Grant(StrEnum):\n    PASSWORD = "password-grant"\n    TOKEN = "token-1"\n',
        'model_config = ConfigDict(json_schema_extra={"example": {"password": "hunter2"}})\n',
        'class A(BaseModel):\n    password: str = Field(examples=["hunter2"])\n',
        "password_hash = hash_password(password)\n",
        'dsn = f"postgresql://{user}:{password}@{host}/app"\n',
        'x = "postgresql://app:{password}@db/app"\n',
        'x = "postgresql://db:5432/app"\n',
        '"""Set password = "hunter2" in the environment."""\n',
        'max_tokens = "100"\ntoken_count = 3\n',
        'headers = {"Access-Control-Allow-Credentials": "true"}\n',
        'credentials_exception = HTTPException(status_code=401, detail="no")\n',
    ],
)
def test_what_only_speaks_of_secrets_is_none(tmp_path: Path, text: str) -> None:
    """Names of variables, headers and routes, descriptions, examples and messages."""
    assert found_in(tmp_path, text) == []


def test_placeholders_in_tests_are_none(tmp_path: Path) -> None:
    """Tests are full of made-up secrets; only one with the shape of a real one is found there."""
    text = f'client.post("/login", json={{"password": "hunter2"}})\nkey = "sk_test_1234567890abc"\nreal = "{LIVE}"\n'

    assert found_in(tmp_path, text, "tests/test_login.py") == [3]


def test_other_files_are_searched_by_shape() -> None:
    """A key in a file of variables is as much told as one in code; a placeholder is none."""
    text = f"SECRET_KEY=change-me\nPAYMENT={LIVE}\nCLOUD=AKIAIOSFODNN7EXAMPLE\n"

    assert [place.line for place in secrets_in_text(".env", text)] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    debug: bool = False\n",
        'import os\nx = os.environ["X"]\n',
        'from os import getenv\nx = getenv("X")\n',
        'import os\nx = os.environ.get("X", "postgresql://localhost/app")\n',
        "from dotenv import load_dotenv\nload_dotenv()\n",
        'import environ\nenv = environ.Env()\nx = env("X")\n',
        'import os\ndef load(given=os.environ):\n    return given["X"]\n',
        'import os\ndef load(given=None):\n    return (os.environ if given is None else given)["X"]\n',
        "import os\nx = load(os.environ)\n",
    ],
)
def test_reading_the_environment_is_seen(tmp_path: Path, text: str) -> None:
    """Whatever reads it: settings classes, the mapping itself, packages made for it."""
    told = settings_told(read_files(tmp_path, {"app/settings.py": text}).good)

    assert told["read"] != []
    assert told["written_down"] == []


def test_handing_the_environment_to_another_process_reads_nothing(tmp_path: Path) -> None:
    """What a command gets as its environment configures the command."""
    text = 'import os, subprocess\nsubprocess.run(["true"], env=os.environ)\n'

    assert settings_told(read_files(tmp_path, {"app/run.py": text}).good)["read"] == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('DATABASE_URL = "postgresql+asyncpg://localhost/app"\n', 1),
        ('engine = create_engine("sqlite:///./app.db")\n', 1),
        ('engine = create_engine("sqlite://")\n', 0),
        ('engine = create_engine("sqlite+aiosqlite:///:memory:")\n', 0),
        ('app = Celery("tasks", broker="redis://localhost:6379/0")\n', 1),
        ('class Settings(BaseSettings):\n    DATABASE_URL: str = "sqlite:///./app.db"\n', 0),
        ('DOCUMENTATION = "https://example.org/docs"\n', 0),
    ],
)
def test_addresses_written_into_code_are_seen(tmp_path: Path, text: str, count: int) -> None:
    """Of databases and queues; what holds where the environment says nothing may be written down."""
    told = settings_told(read_files(tmp_path, {"app/settings.py": text}).good)

    assert len(list(told["written_down"])) == count  # type: ignore[call-overload] # plain data
