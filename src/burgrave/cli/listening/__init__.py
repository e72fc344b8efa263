"""The listener: syslog by asyncio, folders and the journal beside it, all into the spool."""
