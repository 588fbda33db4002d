"""Trials made by the workers of a Dask cluster: one of this machine's own, or one that a scheduler knows."""

import asyncio
import logging
import os
from concurrent.futures import CancelledError
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from passmuster.adapters.executors.sharding import SHARD, ShardingExecutor, Work, called
from passmuster.components import BuildContext, Component
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.libraries import imported, need
from passmuster.ports import Executor

HERE: Final = "127.0.0.1"
"""Where a cluster of our own listens: nobody else can reach it."""

EXTRA: Final = "dask"

GO_ON: Final = "what was made is stored: go on with the same command and --resume"


class DaskExecutorOptions(BaseModel):
    """Which cluster makes trials."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheduler: str | None = Field(
        default=None,
        pattern=r"^(tcp|tls)://[^\s/]+:\d+$",
        description="A scheduler's address, such as tcp://10.0.0.1:8786; absent: processes of this machine.",
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=256,
        description="Processes, where there is no scheduler. Default: one per processor.",
    )
    shard: int = Field(default=SHARD, ge=1, le=1_000, description="Trials that a worker is given at once.")
    patience: float = Field(
        default=60.0, gt=0, le=3_600, description="Seconds to wait for the scheduler, and for its first worker."
    )
    authority: str | None = Field(default=None, description="The file of the authority that signs, for tls://.")
    certificate: str | None = Field(default=None, description="The file of this machine's certificate, for tls://.")
    key: str | None = Field(default=None, exclude=True, description="The file of its private key, for tls://.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        named = [item is not None for item in (self.authority, self.certificate, self.key)]
        if any(named) != all(named):
            message = "authority, certificate and key belong together; write all three"
            raise ValueError(message)
        is_encrypted = self.scheduler is not None and self.scheduler.startswith("tls://")
        if is_encrypted != any(named):
            message = "authority, certificate and key belong to a scheduler at tls://, which takes all three"
            raise ValueError(message)
        return self


class DaskEngine:
    """The workers of a cluster; conforms to :class:`passmuster.adapters.executors.sharding.Engine`."""

    def __init__(self, library: ModuleType, client: Any, cluster: Any) -> None:  # noqa: ANN401 - the library has no types
        """Take a client that is connected, and the cluster if it is our own."""
        self._library = library
        self._client = client
        self._cluster = cluster

    @property
    def workers(self) -> int:
        """How many workers the scheduler knew a moment ago; whatever its threads, each makes one shard at a time."""
        return int(self._client.scheduler_info()["n_workers"])

    async def submit(self, work: Work) -> str:
        """Have a worker make a shard; Dask gives it to another when that one ends.

        Raises:
            EnvironmentFaultError: If it was given up, or if the scheduler has gone.
        """
        # Equal shards are different work: nothing that was made once may be taken for the answer.
        future = self._client.submit(called, work.function, work.recipe, work.shard, pure=False)
        try:
            answer: str = await future
        except self._library.KilledWorker as error:
            message = "several workers of the cluster ended while they made the same trials"
            raise EnvironmentFaultError(message, hint=f"see why they end; {GO_ON}") from error
        except (CancelledError, OSError) as error:
            message = "the cluster's scheduler has gone"
            raise EnvironmentFaultError(message, hint=f"start it again; {GO_ON}") from error
        except asyncio.CancelledError:
            await self._client.cancel([future], force=True)
            raise
        finally:
            future.release()
        return answer

    async def close(self) -> None:
        """Leave the cluster, and end it if it is our own."""
        await self._client.close()
        if self._cluster is not None:
            await self._cluster.close()


async def begin(options: DaskExecutorOptions, folder: Path) -> DaskEngine:
    """Connect to a cluster, or start one on this machine.

    Raises:
        EnvironmentFaultError: If there is no scheduler, or no worker.
        MissingExtraError: If Dask is not installed.
    """
    library = imported("distributed", extra=EXTRA)
    # It tells of every worker that comes and goes, in the midst of what we draw.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    cluster: Any = None
    if options.scheduler is None:
        cluster = await library.LocalCluster(
            n_workers=options.workers,
            threads_per_worker=1,
            processes=True,
            host=HERE,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            asynchronous=True,
        )
    try:
        client = await library.Client(
            options.scheduler or cluster,
            security=_security(library, options, folder),
            timeout=options.patience,
            set_as_default=False,
            asynchronous=True,
        )
        try:
            await client.wait_for_workers(1, timeout=options.patience)
        except BaseException:
            await client.close()
            raise
    except (OSError, TimeoutError) as error:
        if cluster is not None:
            await cluster.close()
        where = options.scheduler or "the cluster of this machine"
        message = f"no scheduler with a worker is to be had at {where}: {error}"
        raise EnvironmentFaultError(message, hint="start `dask scheduler` and `dask worker`, see their docs") from error
    return DaskEngine(library, client, cluster)


def _security(library: ModuleType, options: DaskExecutorOptions, folder: Path) -> Any:  # noqa: ANN401 - as above
    if options.authority is None or options.certificate is None or options.key is None:
        return None
    return library.Security(
        require_encryption=True,
        tls_ca_file=str(folder / options.authority),
        tls_client_cert=str(folder / options.certificate),
        tls_client_key=str(folder / options.key),
    )


def build(options: DaskExecutorOptions, context: BuildContext) -> Executor:
    """Make the executor.

    Raises:
        MissingExtraError: If Dask is not installed.
    """
    need("distributed", extra=EXTRA)
    return ShardingExecutor(
        lambda: begin(options, context.folder), shard=options.shard, is_elsewhere=options.scheduler is not None
    )


COMPONENT: Final = Component(options=DaskExecutorOptions, build=build)
