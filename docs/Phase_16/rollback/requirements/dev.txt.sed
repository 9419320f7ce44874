s/\n(axe-playwright-python|djangorestframework-stubs|mkdocs|openapi-python-client)==[^\n]*//g
s/\n(pip-tools|playwright|schemathesis|types-jsonschema)==[^\n]*//g
