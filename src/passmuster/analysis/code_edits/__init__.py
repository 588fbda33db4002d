"""Edits of an answer's code: defects that a criterion must catch, and harmless edits that none may mind; pure."""
