"""What runs inside the sandbox: a trusted parent that asks, and a child that holds the application of an answer.

Only the standard library is imported at module level, and packages of the answers' environment within functions, so
that both start quickly and no package is demanded of passmuster itself.
"""
