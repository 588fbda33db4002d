"""The command line: parse, compose, call one use case, print, return the exit status."""
