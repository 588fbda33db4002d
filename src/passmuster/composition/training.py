"""Which router a suite trains, and from which cases."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from passmuster.application.curating import merge_datasets, refuse_unusable
from passmuster.components import BuildContext, Component
from passmuster.composition.assembling import Assembly
from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.parts import Part, part_of, section_of
from passmuster.composition.places import place
from passmuster.configuration.reading import read_suite
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import Section
from passmuster.documents import Path as Way
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SubjectName
from passmuster.ports import Backend, Router

ROUTERS = ("trained", "fused", "embedding")
"""Routers that learn, the one that is taken where nothing is said first."""

_SPLITS = "suite"
"""Stands for the suite's own datasets where a router asks for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingWish:
    """What is to be trained.

    Attributes:
        router: A router's name.
        subject: The subject whose router it is.
        training: Splits of the suite's datasets to learn from; empty takes what the suite's router names, or ``train``.
        validation: Splits to calibrate on; likewise, or ``validation``.
    """

    router: str | None = None
    subject: str | None = None
    training: Sequence[str] = ()
    validation: Sequence[str] = ()


class Apprentice:
    """A router that is to be trained, as the suite has it.

    Attributes:
        use: The router's name.
        model: The folder that the suite names for its model; ``None`` if it names none.
    """

    def __init__(self, bench: Workbench, wish: TrainingWish) -> None:
        """Find the router in the suite.

        Raises:
            InvalidConfigurationError: If the suite has no such subject, or its router learns nothing.
            UnknownComponentError: If there is no such router.
        """
        self._bench = bench
        self._wish = wish
        self._catalogue = Catalogue(folder=bench.folder)
        self._document = read_suite(bench.suite)[1]
        section, self._way = self._section()
        self.use = str(section["use"])
        if "training" not in self._catalogue.component("routers", self.use).options.model_fields:
            message = f"the router {self.use!r} learns nothing"
            raise _refusal(message, f"train one of these: {', '.join(ROUTERS)}", rule="no-learner")
        model = section.get("model")
        self.model = Path(os.path.normpath(bench.folder / model)) if isinstance(model, str) else None
        self._options = {name: value for name, value in section.items() if name not in {"model", "use"}}

    def build(self) -> Router | None:
        """Build the router, which makes it learn.

        Raises:
            InvalidConfigurationError: If its options are wrong.
            InvalidDatasetError: If there is too little to learn from, or cases are wrong.
        """
        refuse_unusable(self._bench.roster)
        assembly = Assembly(
            bare=BuildContext(
                folder=self._bench.folder, resolve=self._catalogue.resolve, secret=self._bench.secrets.value
            ),
            roster=self._bench.roster,
            way=self._way[:-1],
            part=self._part,
            backend=self._no_backend,
            cache=Settings().cache,
        )
        router = {"use": self.use, **self._options, **self._data()}
        section = Section.model_validate({"use": "routed", "router": router})
        return assembly.subject(SubjectName("apprentice"), self._part("subjects", section, self._way[:-1])).router

    def _section(self) -> tuple[Mapping[str, object], Way]:
        """Return the router's section, and where it stands."""
        found = {
            name: router
            for name, subject in self._bench.configuration.subjects.items()
            if isinstance(router := subject.options.get("router"), Mapping) and "use" in router
        }
        wanted = self._wish.subject
        if wanted is not None and wanted not in found:
            known = ", ".join(found) or "none"
            message = f"the suite has no subject {wanted!r} with a router"
            raise _refusal(message, f"subjects with one: {known}", rule="unknown-subject")
        names = ROUTERS if self._wish.router is None else (self._wish.router,)
        fitting = [name for name in ([wanted] if wanted else found) if found[name]["use"] in names]
        if wanted is not None and not fitting:
            message = f"the router {found[wanted]['use']!r} of the subject {wanted!r} is not one to be trained"
            raise _refusal(message, f"name a subject with one of these: {', '.join(names)}", rule="no-learner")
        if fitting:
            return found[fitting[0]], ("subjects", fitting[0], "router")
        return {"use": names[0]}, ("subjects", "router")

    def _data(self) -> dict[str, object]:
        """Return the datasets that the router asks for, where the suite's own are to be taken."""
        wish = self._wish
        if "training" in self._options and not (wish.training or wish.validation):
            return {}
        known = {case.split for case in self._cases}
        asked = {"training": wish.training or ("train",), "validation": wish.validation or ("validation",)}
        missing = {*asked["training"], *wish.validation} - known
        if missing:
            message = f"no case of the suite is in the split {min(missing)!r}"
            raise _refusal(message, f"splits of its cases: {', '.join(sorted(known))}", rule="no-case")
        return {
            name: {"use": _SPLITS, "splits": list(splits)} if known & {*splits} else None
            for name, splits in asked.items()
        }

    def _part(self, group: str, data: Mapping[str, object] | Section, way: Way) -> Part:
        section = data if isinstance(data, Section) else section_of(data, self._document, way)
        if group == "dataset_loaders" and section.use == _SPLITS:
            options = _SplitOptions.model_validate(section.options)
            component = Component(options=_SplitOptions, build=lambda given, _: _Picked(self._cases_of(given.splits)))
            return Part(use=_SPLITS, component=component, options=options, folder=self._bench.folder)
        return part_of(self._catalogue, group, section, self._document, way)

    def _cases_of(self, splits: Collection[str]) -> tuple[Case, ...]:
        return tuple(case for case in self._cases if case.split in splits)

    @cached_property
    def _cases(self) -> tuple[Case, ...]:
        """Return the cases of the suite's datasets, those of splits that it does not evaluate included."""
        findings: list[Finding] = []
        datasets: list[Dataset] = []
        for index, section in enumerate(self._bench.configuration.datasets):
            whole = Section.model_validate({"use": section.use, **_without_split(section.options)})
            part = part_of(self._catalogue, "dataset_loaders", whole, self._document, ("datasets", index))
            location = place(self._bench.folder, str(getattr(part.options, "location", ".")))
            try:
                datasets.append(part.build(BuildContext(folder=self._bench.folder)).load(location))
            except InvalidDatasetError as error:
                findings.extend(error.findings)
        if findings:
            raise InvalidDatasetError(findings)
        return merge_datasets(datasets)

    def _no_backend(self, _asked: list[Part], wanted: str) -> Backend:
        message = f"a router that asks the backend {wanted!r} cannot be trained"
        raise _refusal(message, f"train one of these: {', '.join(ROUTERS)}", rule="no-learner")


class _SplitOptions(BaseModel):
    splits: tuple[str, ...]
    location: str = "."


@dataclass(frozen=True, slots=True)
class _Picked:
    """A loader of cases that are there already."""

    cases: tuple[Case, ...]

    def load(self, _location: Path) -> Dataset:
        return Dataset(name=_SPLITS, cases=self.cases)


def _without_split(options: Mapping[str, Any]) -> dict[str, object]:
    return {name: value for name, value in options.items() if name != "split"}


def _refusal(message: str, hint: str, *, rule: str) -> InvalidConfigurationError:
    return InvalidConfigurationError([Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)])
