"""The HTTP API: three routes, as JSON and as pages.

views.py        the routes; each validates, calls one service function and answers
services.py     submit a video, look a job up
results.py      the answer with a job's results
uploads.py      how an upload gets to the disk
serializers.py  requests and answers; schema.py: what OpenAPI says beyond them
errors.py       exceptions as HTTP answers
browsable.py    the routes as pages
"""
