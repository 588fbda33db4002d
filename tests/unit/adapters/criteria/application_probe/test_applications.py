"""Applications of several styles, right and defective, as the criteria see them."""

import pytest
from tests.unit.adapters.criteria.application_probe.answers import NAMES, OPTIONS, KeepingExaminer, answer, score

from passmuster.domain.errors import CriterionError
from passmuster.sandboxing.environments import Ready

ALL = frozenset(NAMES)
PASSES = [
    ("fastapi_async", ALL),
    ("fastapi_sync", ALL),
    ("fastapi_tokens", ALL),
    ("fastapi_memory", ALL - {"no_n_plus_one", "authentication_required"}),
    ("django_views", ALL - {"openapi_conformance"}),
    ("django_rest", ALL - {"openapi_conformance"}),
]

DEFECTS = {
    "lazy loading": (
        "no_n_plus_one",
        "fastapi_sync",
        [(".options(selectinload(Invoice.supplier))", "")],
        "makes 2 statements for one row and 11 for ten",
    ),
    "a query in a loop": (
        "no_n_plus_one",
        "fastapi_async",
        [
            (
                "(await session.scalars(select(Order).options(selectinload(Order.lines)).limit(limit))).all()",
                (
                    "(await session.scalars(select(Order).limit(limit))).all()\n"
                    "    for order in found:\n        await session.refresh(order, ['lines'])"
                ),
            )
        ],
        "(main.py:137)",
    ),
    "lazy loading where it cannot be awaited": (
        "no_n_plus_one",
        "fastapi_async",
        [("select(Order).options(selectinload(Order.lines)).limit(limit)", "select(Order).limit(limit)")],
        "answers 500",
    ),
    "no select_related": (
        "no_n_plus_one",
        "django_views",
        [('select_related("author").order_by', "order_by")],
        "for ten",
    ),
    "no prefetch_related": (
        "no_n_plus_one",
        "django_rest",
        [('Project.objects.prefetch_related("tasks")', "Project.objects.all()")],
        "for ten",
    ),
    "a response past its model": (
        "openapi_conformance",
        "fastapi_memory",
        [
            ("from fastapi import", "from fastapi.responses import JSONResponse\nfrom fastapi import"),
            (
                "    return store.notes[note_id]\n\n\n@app.put",
                '    return JSONResponse({"number": note_id})\n\n\n@app.put',
            ),
        ],
        "does not follow its schema",
    ),
    "a status that is not declared": (
        "openapi_conformance",
        "fastapi_sync",
        [(', responses={404: {"model": Problem}}', "")],
        "answers 404, which is not declared",
    ),
    "no document": ("openapi_conformance", "django_views", [], "no OpenAPI document"),
    "200 for what is not there": (
        "status_codes",
        "fastapi_memory",
        [('raise HTTPException(404, "no such note")', 'return Note(id=0, title="none")')],
        "answers 200 for what is not there, instead of 404 (app.py:",
    ),
    "200 for what was made": ("status_codes", "fastapi_memory", [(", status_code=201", "")], "instead of 201"),
    "500 for what is not there": (
        "status_codes",
        "fastapi_memory",
        [('    if note_id not in store.notes:\n        raise HTTPException(404, "no such note")\n', "")],
        "answers 500: KeyError",
    ),
    "an error that says nothing": (
        "status_codes",
        "django_views",
        [('{"detail": "no such book"}', "{}")],
        "without a message",
    ),
    "an error that is no JSON": (
        "status_codes",
        "django_views",
        [
            ("from django.http import", "from django.shortcuts import get_object_or_404\nfrom django.http import"),
            ('Book.objects.select_related("author").filter(pk=book_id).first()', "get_object_or_404(Book, pk=book_id)"),
        ],
        "no JSON object",
    ),
    "no guard": (
        "authentication_required",
        "fastapi_sync",
        [(", dependencies=[Depends(require_key)]", "")],
        "answers 200 without credentials",
    ),
    "a guard that takes any key": (
        "authentication_required",
        "fastapi_sync",
        [("key is None or not secrets.compare_digest(key, API_KEY)", "key is None")],
        "to wrong credentials",
    ),
    "a guard that breaks": (
        "authentication_required",
        "fastapi_async",
        [("except jwt.PyJWTError", "except KeyError")],
        "answers 500: DecodeError",
    ),
    "one view without its guard": (
        "authentication_required",
        "django_views",
        [('@method_decorator(token_required, name="dispatch")\nclass BookDetail', "class BookDetail")],
        "GET /api/v1/books/{book_id}/ answers 200 without credentials",
    ),
    "a body of any form": (
        "input_validated",
        "fastapi_memory",
        [("async def add(given: NoteIn", "async def add(given: dict"), ("**given.model_dump()", "**dict(given)")],
        "its body declares no field",
    ),
    "texts of any length": ("input_validated", "fastapi_memory", [(", max_length=2000", "")], "'body': huge"),
    "input that breaks": (
        "input_validated",
        "django_views",
        [
            ("            book.full_clean()\n", ""),
            ("(ValueError, KeyError, TypeError,", "(KeyError, json.JSONDecodeError,"),
        ],
        "answers 500",
    ),
    "no version": ("api_versioning", "fastapi_memory", [("/v1/", "/")], "POST /notes names no version"),
    "sleeping": (
        "no_blocking_at_run_time",
        "fastapi_memory",
        [("    return list(store.notes", "    import time\n\n    time.sleep(0.01)\n    return list(store.notes")],
        "time.sleep holds up the event loop in every, asked by GET /v1/notes (app.py:",
    ),
    "a file read by a helper": (
        "no_blocking_at_run_time",
        "fastapi_memory",
        [
            (
                "store = Store()",
                "def read() -> str:\n    with open(__file__) as file:\n        return file.read()\n\n\nstore = Store()",
            ),
            ("    return list(store.notes", "    read()\n    return list(store.notes"),
        ],
        "open holds up the event loop in read",
    ),
    "a call over the network by a helper": (
        "no_blocking_at_run_time",
        "fastapi_memory",
        [
            (
                "store = Store()",
                (
                    "def fetch() -> None:\n    import httpx\n\n    try:\n        httpx.get('http://rates.invalid/')\n"
                    "    except httpx.HTTPError:\n        pass\n\n\nstore = Store()"
                ),
            ),
            ("    return list(store.notes", "    fetch()\n    return list(store.notes"),
        ],
        "holds up the event loop in fetch",
    ),
    "a synchronous session in a coroutine": (
        "no_blocking_at_run_time",
        "fastapi_sync",
        [("def list_invoices", "async def list_invoices")],
        "database query holds up the event loop in list_invoices",
    ),
}


@pytest.fixture(scope="module")
def examiner(answers_environment: Ready) -> KeepingExaminer:
    return KeepingExaminer(answers_environment.environment.python)


@pytest.mark.parametrize(("name", "criteria"), PASSES, ids=[name for name, _criteria in PASSES])
async def test_what_is_right_passes(name: str, criteria: frozenset[str], examiner: KeepingExaminer) -> None:
    """No criterion that applies to a right answer has anything against it."""
    scores = [await score(criterion, answer(name), examiner, **OPTIONS.get(name, {})) for criterion in sorted(criteria)]

    assert [found.reason for found in scores if not found.passed] == []
    assert all(found.value == 1 for found in scores)


@pytest.mark.parametrize(("criterion", "name", "changes", "words"), DEFECTS.values(), ids=DEFECTS.keys())
async def test_a_defect_is_named(
    criterion: str, name: str, changes: list[tuple[str, str]], words: str, examiner: KeepingExaminer
) -> None:
    """The criterion that a defect belongs to fails, and says what it saw and where."""
    found = await score(criterion, answer(name, *changes), examiner, **OPTIONS.get(name, {}))

    assert not found.passed
    assert found.value < 1
    assert words in found.reason
    assert found.evidence["places"]


async def test_a_function_is_called_where_there_are_no_addresses(examiner: KeepingExaminer) -> None:
    """A method gets its session and arguments; what its callers read counts as well."""
    right = answer("repository")
    lazy = answer("repository", ("select(Item).options(joinedload(Item.warehouse)).limit", "select(Item).limit"))
    call = "stock.repository:Stock.items"

    scores = [
        await score("no_n_plus_one", text, examiner, call=call, reads=reads)
        for text, reads in ((right, ["warehouse.code"]), (lazy, []), (lazy, ["warehouse.code"]))
    ]

    assert [found.passed for found in scores] == [True, True, False]
    assert "makes 2 statements for one row and 11 for ten" in scores[2].reason


async def test_a_coroutine_function_is_called_with_an_asynchronous_session(examiner: KeepingExaminer) -> None:
    """What is not loaded cannot be read afterwards, which is told."""
    lazy = answer("repository", ("select(Item).options(joinedload(Item.warehouse)))", "select(Item))"))
    call = "stock.repository:all_items"

    right = await score("no_n_plus_one", answer("repository"), examiner, call=call, reads=["warehouse.code"])
    wrong = await score("no_n_plus_one", lazy, examiner, call=call, reads=["warehouse.code"])

    assert right.passed
    assert "MissingGreenlet" in wrong.reason


async def test_a_database_that_is_never_asked_proves_nothing(examiner: KeepingExaminer) -> None:
    """Without a statement to count there is no verdict."""
    with pytest.raises(CriterionError, match="no reading operation made a statement"):
        await score("no_n_plus_one", answer("fastapi_memory"), examiner)


async def test_a_version_in_a_header_must_be_looked_at(examiner: KeepingExaminer) -> None:
    """An unknown version is refused by who reads the header."""
    plain = answer("fastapi_memory", ("/v1/", "/"))
    checked = answer(
        "fastapi_memory",
        ("/v1/", "/"),
        ("def get_store() -> Store:\n", 'def get_store(x_version: Annotated[str, Header()] = "1") -> Store:\n'),
        (
            '    """Return the store."""\n',
            '    """Return the store."""\n    if x_version != "1":\n        raise HTTPException(400, "?")\n',
        ),
    )

    ignored = await score("api_versioning", plain, examiner, header="X-Version")
    read = await score("api_versioning", checked, examiner, header="X-Version")

    assert "to an unknown version in the header 'X-Version'" in ignored.reason
    assert read.passed


async def test_rows_may_be_put_there_by_a_function_of_the_answer(examiner: KeepingExaminer) -> None:
    """The hook gets the number of rows."""
    hook = (
        "engine = create_async_engine(settings.database_url, pool_size=5)\n",
        (
            "engine = create_async_engine(settings.database_url, pool_size=5)\n\n\n"
            "async def seed(rows: int) -> None:\n"
            "    async with make_session() as session:\n"
            "        for number in range(rows):\n"
            "            session.add(Order(number=str(number), customer_id=1, lines=[Line(sku='a', quantity=1)]))\n"
            "        await session.commit()\n"
        ),
    )
    lazy = (
        "(await session.scalars(select(Order).options(selectinload(Order.lines)).limit(limit))).all()",
        (
            "(await session.scalars(select(Order).limit(limit))).all()\n"
            "    for order in found:\n        await session.refresh(order, ['lines'])"
        ),
    )

    right = await score("no_n_plus_one", answer("fastapi_async", hook), examiner, seed="main:seed")
    wrong = await score("no_n_plus_one", answer("fastapi_async", hook, lazy), examiner, seed="main:seed")

    assert right.passed
    assert not wrong.passed
