"""Public fakes and conformance checks for authors of plug-ins."""
