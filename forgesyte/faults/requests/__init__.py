"""Hostile requests against a real API: `manage.py faults requests`.

wire.py       bytes to a server, and the answers that come back
forms.py      forms for a submission
shapes.py     requests that are wrong by hand: methods and names
head_shapes.py, form_shapes.py  the same: lengths and header lines, forms
mutations.py  requests that are wrong by chance
clients.py    clients that are slow, leave, or never read
site.py       what others see meanwhile, and what stays behind
stages.py     one figure for each
"""
