"""The job store: one process owns it, all others call it over a local socket.

base.py      what a process may ask of the store
owner.py     the rows and the queue, in the process that owns them
server.py    the owner's socket
link.py      the connection of a process that does not own the store
gateway.py   what every process uses: become the owner, or connect to it
"""
