"""The HTTP API: three routes, as JSON and as pages.

views.py        the routes; a view validates, calls one service function and responds
services.py     submit a video, get a job
results.py      the response with a job's results
uploads.py      writes uploads to the disk
serializers.py  requests and responses
schema.py       what OpenAPI needs beyond the serializers
errors.py       exceptions as HTTP responses
browsable.py    the browsable API
"""
