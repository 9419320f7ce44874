"""The job store: one process owns it, and every process calls the owner over a local socket.

base.py      the contract: what a process may ask
resident.py  the database in the process that owns it
query.py     read-only statements on it
owner.py     the rows and the queue of their IDs, on that database
wire.py      messages and handshake on a Unix socket, each with a deadline
server.py    the owner's end of the socket
gateway.py   what every process uses: it calls the owner, or becomes the owner
"""
