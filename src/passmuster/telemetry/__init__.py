"""What a run tells while it is made: to log files, to OpenTelemetry, and to whoever traces one case."""
