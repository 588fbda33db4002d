"""Requests for completions: what tells one from another."""

from dataclasses import replace

from passmuster.domain.answers import Sampling
from passmuster.domain.cases import Message, Role
from passmuster.testing.factories import a_completion_request

REQUEST = a_completion_request()


def test_repetitions_are_different_requests() -> None:
    """A cache that answered two repetitions alike would hide flakiness."""
    again = replace(REQUEST, repetition=1)

    assert again.fingerprint != REQUEST.fingerprint
    assert again.conversation != REQUEST.conversation


def test_other_instructions_are_another_request_in_the_same_conversation() -> None:
    """A recording made from other instructions is recognised as a stale one of the same conversation."""
    system = Message(role=Role.SYSTEM, content="You are terse.")
    instructed = replace(REQUEST, messages=(system, *REQUEST.messages[1:]))

    assert instructed.fingerprint != REQUEST.fingerprint
    assert instructed.conversation == REQUEST.conversation


def test_the_way_of_drawing_an_answer_is_part_of_the_request() -> None:
    """Another temperature may get another answer."""
    warmer = replace(REQUEST, sampling=Sampling(temperature=1.0))

    assert warmer.fingerprint != REQUEST.fingerprint
    assert warmer.conversation == REQUEST.conversation


def test_who_says_a_thing_is_part_of_the_conversation() -> None:
    """The same words of the assistant are not the user's."""
    turned = replace(REQUEST, messages=(replace(REQUEST.messages[1], role=Role.ASSISTANT),))

    assert turned.conversation != replace(REQUEST, messages=REQUEST.messages[1:]).conversation
