"""What must not get from a transcript into a dataset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.redaction import redacted

TAIL = "Zx9fQ2" * 6


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"my key is sk-ant-{TAIL}", "my key is <secret>"),
        (f"AKIA{'A1B2C3D4E5F6G7H8'} fails", "<secret> fails"),
        (f"use ghp_{TAIL} to push", "use <secret> to push"),
        ("password: hunter2-hunter2", "password: <secret>"),
        (f"Authorization: Bearer {TAIL}", "Authorization: Bearer <secret>"),
        ("postgres://shop:s3cret-pw@db/shop", "postgres://<secret>@db/shop"),
        (f"-----BEGIN RSA PRIVATE KEY-----\n{TAIL}\n-----END RSA PRIVATE KEY----- hm", "<secret> hm"),
        (f"what is {TAIL}?", "what is <secret>?"),
        ("mail jo.doe+x@shop.co.uk about it", "mail <e-mail> about it"),
        ("it runs on 203.0.113.7, not on 127.0.0.1", "it runs on <address>, not on 127.0.0.1"),
        ("open /home/jo/shop/api/views.py", "open <path>/shop/api/views.py"),
        (r"open C:\Users\Jo\shop\views.py", r"open <path>\shop\views.py"),
        ("see /srv/shop/current/log.txt", "see <path>/log.txt"),
        ("Hi Maria, mend it", "Hi <person>, mend it"),
        ("I'm Jo Doe and it fails", "I'm <person> and it fails"),
        ("mend it\n\nthanks,\nMaria", "mend it\n\nthanks,\n<person>"),
        ("ask @maria-k about it", "ask @<person> about it"),
        ("jdoe cannot log in", "<person> cannot log in"),
    ],
)
def test_what_is_private_is_taken_out(text: str, clean: str) -> None:
    """What stands in its place says what it was."""
    made = redacted(text, people=["jdoe", "me"])

    assert made.text == clean
    assert sum(made.counts.values()) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "The token bucket refills too slowly; why?",
        "rename api/v2/users/list.ts and src/app/main.py",
        "GET /users/{id} returns 500",
        "version 1.2.3.4 of the schema",
        "use the code-reviewer on PR 4711",
        "@app.get('/x') is a decorator, @Override too(",
        "compare commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "localhost:8080 and 192.168.0.1",
        "https://example.org/a/b?page=2",
    ],
)
def test_what_is_not_private_stays(text: str) -> None:
    """A request that nobody can understand any more is of no use."""
    assert redacted(text, people=["jo"]).text == text


def test_names_of_agents_are_no_people() -> None:
    """They are what a request may be about."""
    assert redacted("Hi Debugger, mend it", kept=["debugger"]).text == "Hi Debugger, mend it"


def test_each_kind_is_counted() -> None:
    """So that a person knows what to look for."""
    made = redacted("Hi Maria, a@b.de and c@d.de", people=[])

    assert made.counts == {"e-mail": 2, "person": 1}


@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_a_planted_key_never_survives(before: str, after: str) -> None:
    """Whatever stands around it, as long as it stands by itself."""
    key = f"sk-ant-{TAIL}"

    assert key not in redacted(f"{before} {key} {after}").text


@given(text=st.text(max_size=200))
def test_any_text_can_be_redacted(text: str) -> None:
    """Nothing raises, and what was clean stays clean."""
    once = redacted(text)

    assert redacted(once.text).text.count("<secret>") >= once.text.count("<secret>")
