"""Hunts over Parquet files of events: a short language, and SQL that can reach nothing else.

Nothing is imported here, so that the process in which a person's SQL runs begins soon: see ``running``.
"""
