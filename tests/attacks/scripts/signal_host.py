"""Sends signals to processes outside, one of which belongs to the very same user."""

import os
import signal

from attacking import attempt, question

QUESTION = question()
attempt(
    {
        "the same user": lambda: os.kill(QUESTION["victim"], signal.SIGKILL),
        "whoever runs us": lambda: os.kill(QUESTION["process"], signal.SIGSTOP),
    }
)
