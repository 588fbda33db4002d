"""The files of an answer, read from its text or taken from a product's workspace."""
