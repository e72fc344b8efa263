"""A witness of other logs: its key, its store, its server. Nothing here knows Django or Burgrave's own database."""
