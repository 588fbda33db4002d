"""The answers that rubrics are tried with, read from folders: those that come with passmuster, and a suite's own."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.analysis.rubric_rates import Kind
from passmuster.application.trying_answers import AnswerSet, TriedAnswer
from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.confining import Confinement, confinement_of, sandboxes_of
from passmuster.composition.criteria import CriterionParts, build_criteria
from passmuster.composition.parts import Part, part_of
from passmuster.configuration.reading import validated
from passmuster.configuration.settings import Settings
from passmuster.documents import Document, parse_yaml
from passmuster.domain.cases import Case, CriterionReference, Expectation, Request, Rubric
from passmuster.domain.errors import InvalidDatasetError, UnknownComponentError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import CaseIdentifier, Fingerprint, SourceLocation
from passmuster.ports import Backend, Criterion

SHIPPED: Final = Path(__file__).parent.parent / "rubrics" / "answers"
"""The answers that come with passmuster."""

OWN: Final = "rubric_answers"
"""The folder of a suite that holds its own."""

MANIFEST: Final = "manifest.yaml"
MOST_BYTES: Final = 1_048_576
_PARTS: Final = ("passes", "neutral", "mutants")


class SetManifest(BaseModel):
    """What ``manifest.yaml`` says of a set of answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(default="", description="What the answers are, for people.")
    request: str = Field(default="", description="What was asked.")
    case: str | None = Field(default=None, min_length=1, description="The case whose rubric applies.")
    criteria: tuple[dict[str, object], ...] = Field(
        default=(), description="The criteria that apply, as in a rubric, where it is no case's."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaOf:
    """Criteria that were built.

    Attributes:
        criteria: By the fingerprint of what a rubric says of them.
        confinement: Where they have code run.
    """

    criteria: Mapping[Fingerprint, Criterion]
    confinement: Confinement


def executing_kinds() -> tuple[str, ...]:
    """Return the components of the criteria that have code run in a sandbox."""
    catalogue = Catalogue(folder=Path.cwd())
    names = catalogue.names("criteria")
    return tuple(name for name in names if catalogue.component("criteria", name).needs_sandbox)


def loose_set(path: Path, kinds: Iterable[str]) -> AnswerSet:
    """Return an answer that belongs to no set, with criteria as they are without options.

    Raises:
        InvalidDatasetError: If it cannot be read.
    """
    if not path.is_file():
        place = SourceLocation(path=str(path))
        raise InvalidDatasetError([_finding(f"there is no file {str(path)!r}", "name an answer in Markdown", place)])
    installed = Catalogue(folder=Path.cwd()).names("criteria")
    references = tuple(CriterionReference(kind=kind, name=kind) for kind in kinds if kind in installed)
    case = Case(
        identifier=CaseIdentifier(path.stem),
        request=Request(text=path.stem),
        expectation=Expectation(preferred=None),
        rubric=Rubric(criteria=references),
    )
    answer = TriedAnswer(name=f"{path.stem}/as-written", kind=Kind.GOOD, text=_text(path))
    return AnswerSet(name=path.stem, case=case, answers=(answer,))


def shipped_sets() -> tuple[AnswerSet, ...]:
    """Return the answers that come with passmuster, in order of name."""
    return tuple(_read(folder, {}) for folder in _folders(SHIPPED))


def suite_sets(folder: Path, cases: Mapping[str, Case]) -> tuple[AnswerSet, ...]:
    """Return the answers in a suite's folder, in order of name.

    Args:
        folder: The suite's folder.
        cases: Its cases by identifier.

    Raises:
        InvalidDatasetError: If a manifest is wrong, or it cannot be told which rubric applies.
    """
    return tuple(_read(one, cases) for one in _folders(folder / OWN))


def _folders(folder: Path) -> Iterator[Path]:
    """Yield the folder itself and those in it, as far as they hold answers."""
    if not folder.is_dir():
        return
    inner = sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in _PARTS)
    yield from (path for path in (folder, *inner) if any((path / part).is_dir() for part in _PARTS))


def _read(folder: Path, cases: Mapping[str, Case]) -> AnswerSet:
    manifest, document = _manifest(folder)
    case = _case(folder, manifest, document, cases)
    return AnswerSet(name=folder.name, case=case, answers=tuple(_answers(folder)))


def _manifest(folder: Path) -> tuple[SetManifest, Document]:
    path = folder / MANIFEST
    text = path.read_text(encoding="utf-8") if path.is_file() else "{}"
    document = parse_yaml(text, path=str(path))
    return validated(SetManifest, document.data, document, ()), document


def _case(folder: Path, manifest: SetManifest, document: Document, cases: Mapping[str, Case]) -> Case:
    if manifest.criteria:
        references = tuple(_reference(entry) for entry in manifest.criteria)
        return Case(
            identifier=CaseIdentifier(folder.name),
            request=Request(text=manifest.request or manifest.title or folder.name),
            expectation=Expectation(preferred=None),
            rubric=Rubric(criteria=references),
            source=SourceLocation(path=document.path),
        )
    judged = {name: case for name, case in cases.items() if case.rubric is not None}
    wanted = manifest.case or folder.name
    if wanted in judged:
        return judged[wanted]
    if manifest.case is None and len(judged) == 1:
        return next(iter(judged.values()))
    known = ", ".join(list(judged)[:10]) or "none"
    message = f"it cannot be told which rubric applies to the answers in {str(folder)!r}"
    if manifest.case is not None:
        message = f"no case {manifest.case!r} has a rubric"
    hint = f"write `case: …` or `criteria: […]` into {MANIFEST}; cases with a rubric: {known}"
    raise InvalidDatasetError([_finding(message, hint, document.location(("case",)))])


def _reference(entry: Mapping[str, object]) -> CriterionReference:
    options = {key: value for key, value in entry.items() if key not in {"use", "name", "weight", "required"}}
    kind = str(entry.get("use", ""))
    return CriterionReference(kind=kind, name=str(entry.get("name", kind)), options=options)


def _answers(folder: Path) -> Iterator[TriedAnswer]:
    passes = sorted((folder / "passes").glob("*.md"))
    alone = len(passes) == 1
    for path in passes:
        base = folder.name if alone else f"{folder.name}.{path.stem}"
        yield TriedAnswer(name=f"{base}/as-written", kind=Kind.GOOD, text=_text(path))
    for path in sorted((folder / "neutral").glob("*.md")):
        name = f"{folder.name}/neutral.{path.stem}"
        yield TriedAnswer(name=name, kind=Kind.NEUTRAL, edit=path.stem, text=_text(path))
    for path in sorted((folder / "mutants").glob("*/*.md")):
        target = path.parent.name
        name = f"{folder.name}/{target}.{path.stem}"
        yield TriedAnswer(name=name, kind=Kind.MUTANT, edit=path.stem, target=target, text=_text(path))


def _text(path: Path) -> str:
    place = SourceLocation(path=str(path))
    if path.stat().st_size > MOST_BYTES:
        hint = "answers are texts; make it shorter"
        raise InvalidDatasetError([_finding(f"{str(path)!r} is larger than 1 MiB", hint, place)])
    try:
        # As it stands, line ends included: they are part of an answer.
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidDatasetError([_finding(f"{str(path)!r} is not UTF-8", "save it as UTF-8", place)]) from error


def _finding(message: str, hint: str, location: SourceLocation) -> Finding:
    return Finding(rule="rubric-answers", severity=Severity.ERROR, message=message, hint=hint, location=location)


def shipped_confinement(settings: Settings, catalogue: Catalogue) -> tuple[Confinement, BuildContext]:
    """Return where code is run, and what criteria may build upon, where there is no suite."""
    document = Document(path="", data=None, positions={})
    bare = BuildContext(folder=catalogue.folder, resolve=catalogue.resolve)
    confinement = confinement_of(
        lambda: [part_of(catalogue, "sandboxes", section, document, ()) for section in sandboxes_of(None)],
        bare,
        settings,
        lambda _text: False,
    )
    context = BuildContext(
        folder=catalogue.folder,
        resolve=catalogue.resolve,
        sandbox=confinement.sandbox,
        examiner=confinement.examiner,
    )
    return confinement, context


def shipped_criteria(sets: tuple[AnswerSet, ...], settings: Settings) -> CriteriaOf:
    """Build the criteria of sets that belong to no suite.

    Raises:
        InvalidDatasetError: With every complaint about their options.
    """
    catalogue = Catalogue(folder=Path.cwd())
    confinement, context = shipped_confinement(settings, catalogue)
    parts = CriterionParts(catalogue=catalogue, context=context, confinement=confinement)
    built = build_criteria([item.case for item in sets], parts)
    return CriteriaOf(criteria=built, confinement=confinement)


def _no_backend(name: str) -> tuple[Part, Backend]:
    message = f"{name!r} is no backend: answers that belong to no suite are judged by nobody who must be asked"
    raise UnknownComponentError(message, hint="put the answers into a suite's folder rubric_answers")
