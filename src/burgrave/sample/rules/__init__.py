"""The sample as values: the same seed makes the same company."""
