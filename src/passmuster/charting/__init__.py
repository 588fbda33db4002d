"""What of a report is drawn: values of reports and histories → charts."""
