"""What stands between criteria and a sandbox: the environment of answers, and examinations made only once."""
