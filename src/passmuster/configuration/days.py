"""Days as people write them."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


def _day(value: object) -> date:
    """Take what people write as a day; pydantic alone would take a number of seconds for one, too."""
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    kind, message = "no_day", "write a day of the calendar as YYYY-MM-DD, such as 2027-02-28"
    raise PydanticCustomError(kind, message)


Day = Annotated[date, BeforeValidator(_day)]
"""A day of the calendar, YYYY-MM-DD."""
