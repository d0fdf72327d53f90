"""Reads {"schema": ..., "instances": [...]} on standard input; prints the errors of each instance as JSON."""

import json
import sys

from jsonschema import Draft202012Validator

given = json.load(sys.stdin)
Draft202012Validator.check_schema(given["schema"])
validator = Draft202012Validator(given["schema"])
json.dump([[error.message for error in validator.iter_errors(instance)] for instance in given["instances"]], sys.stdout)
