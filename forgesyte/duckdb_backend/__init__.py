"""Django's database backend over the job store: it reads, from any process, and never writes.

dbapi.py        a PEP 249 driver whose statements go to the store's owner
base.py         Django's wrapper around it
client.py       `manage.py dbshell`
validation.py   `manage.py check --database default`
"""
