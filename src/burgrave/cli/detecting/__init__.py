"""The parts of `burgrave detect`: the run, the report on standard error, and the writers of results."""
