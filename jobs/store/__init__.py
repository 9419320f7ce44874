"""The job store: one process owns it, all others call it over a local socket.

base.py      what a process may ask of the store
owner.py     the rows and the queue, in the process that owns them
resident.py  its database, open all the time
lookup.py    one job by its id, as fast as DuckDB finds it
recent.py    the jobs that clients poll, kept as their rows are
grouping.py  submissions that are committed together
repeating.py what is done once more after DuckDB gave the database up
server.py    the owner's socket
key.py       who may call it
link.py      the connection of a process that does not own the store
gateway.py   what every process uses: become the owner, or connect to it
"""
