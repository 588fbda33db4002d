"""Makes the site of the documentation: the pages as they are written, and the reference out of the program."""
