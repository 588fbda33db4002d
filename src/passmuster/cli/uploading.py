"""Tables put into a dataset of Hugging Face, with a token that only the environment has."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from passmuster.composition.secrets import Secrets
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.libraries import imported

TOKEN: Final = "HF_TOKEN"  # noqa: S105 - the name of a variable
"""Names the variable that holds the token."""

_DATASET: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")

Upload = Callable[[str, bytes], str]
"""Puts a file of that name into the dataset and returns the address of what was done."""


def is_dataset_name(text: str) -> bool:
    """Whether a text can name a dataset: an owner and a name."""
    return _DATASET.fullmatch(text) is not None


def upload_to(dataset: str, secrets: Secrets) -> Upload:
    """Return what puts files into a dataset, which is made if there is none, and then for its owner's eyes only.

    Raises:
        InvalidConfigurationError: If there is no token. One that the library keeps elsewhere is not used.
        MissingExtraError: If the library is not installed.
    """
    token = secrets.value(TOKEN)
    if token is None:
        finding = Finding(
            rule="hub-token",
            severity=Severity.ERROR,
            message=f"nothing can be uploaded: {TOKEN} is not set",
            hint=f"set {TOKEN} to a token that may write to {dataset.partition('/')[0]!r}",
        )
        raise InvalidConfigurationError([finding])
    library, errors = (imported(name, extra="hub") for name in ("huggingface_hub", "huggingface_hub.errors"))
    import httpx  # noqa: PLC0415 - the transport of the library; nobody else here asks anybody

    troubles = (OSError, ValueError, httpx.HTTPError, errors.HfHubHTTPError)

    def upload(name: str, content: bytes) -> str:
        try:
            return _commit(library, dataset, token, name, content)
        except troubles as error:
            # What the library says of a refusal is long, and may repeat what was sent.
            said = f"{type(error).__name__}{_status(error)}"
            message = f"the file {name!r} could not be uploaded to {dataset!r}: {said}"
            raise EnvironmentFaultError(
                message, hint=f"see that {TOKEN} may write there and that the service can be reached"
            ) from None

    return upload


def _commit(library: ModuleType, dataset: str, token: str, name: str, content: bytes) -> str:
    client: Any = library.HfApi(token=token)
    client.create_repo(dataset, repo_type="dataset", private=True, exist_ok=True)
    done = client.create_commit(
        dataset,
        [library.CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)],
        repo_type="dataset",
        commit_message=f"Add {name}",
    )
    return str(done.commit_url)


def _status(error: BaseException) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return f", status {status}" if status is not None else ""
