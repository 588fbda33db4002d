"""What is run inside the sandbox; the standard library and the tools of the answers' environment, nothing of ours.

A launcher is started by its file. It loads this folder as the package ``programs``, so that its modules find one
another without the folder, whose names are anybody's, standing on the search path.
"""
