"""The database: engines, column types, the clock, the writer of every change, and migrations at start.

SQLite is the embedded default, PostgreSQL the production engine; the same migrations make both. Only this package
begins or commits a write transaction: the writer takes changes, and reads go through `reading`.
"""
