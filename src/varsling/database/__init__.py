"""The database: engines, column types, the clock, the writer through which every write goes, and migrations at start.

SQLite is the embedded default, PostgreSQL the production engine; both are made by the same migrations. Nothing outside
this package begins a write transaction or commits one: changes are handed to the writer, reads go through `reading`.
"""
