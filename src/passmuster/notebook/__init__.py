"""Stored runs in a notebook: tables as pandas frames, pictures as figures of matplotlib.

    from passmuster.notebook import open_run

    run = open_run("software_team")
    run.agents.sort_values("recall")
    run.plot_confusion()

Everything is read from the store; no agent is asked, and nothing is written.
"""

from passmuster.notebook.opened_run import OpenedRun
from passmuster.notebook.opening import open_run
from passmuster.notebook.shown import ShownComparison, ShownVerdict

__all__ = ["OpenedRun", "ShownComparison", "ShownVerdict", "open_run"]
