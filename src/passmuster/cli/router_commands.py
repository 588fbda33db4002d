"""The commands of `passmuster router`; light, since --help reads them."""

from typing import Annotated

import typer

from passmuster.cli.arguments import Json, suite_names

router = typer.Typer(name="router", help="Look after routers.", no_args_is_help=True)


@router.callback()
def group() -> None:
    """Look after routers."""


@router.command("check")
def router_check(
    url: Annotated[str, typer.Argument(help="Where the service takes requests, with http:// or https:// in front.")],
    *,
    suite: Annotated[
        str | None,
        typer.Option(
            "--suite", help="Ask every case of this suite as well, with the suite's roster.", autocompletion=suite_names
        ),
    ] = None,
    token_variable: Annotated[
        str | None, typer.Option("--token-variable", help="The environment variable that holds the service's token.")
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, max=3600, help="Seconds for one answer.")] = 30.0,
    json: Json = False,
) -> None:
    """Check whether a service keeps the promises of a router behind an address."""
    from passmuster.cli import checking_routers

    wish = checking_routers.Wish(suite=suite, token_variable=token_variable, timeout=timeout, as_json=json)
    raise typer.Exit(checking_routers.check(url, wish))
