"""The job store: one process owns it, and every process calls the owner over a local socket.

base.py      the contract of the job store
resident.py  the database, in the process that owns it
query.py     read-only statements
snapshot.py  a copy of the database, for dbshell
owner.py     the job store in the owner: rows and queue
wire.py      messages and handshake on a Unix socket, with deadlines
server.py    the owner's end of the socket
gateway.py   the job store in any process: calls the owner, or becomes the owner
"""
