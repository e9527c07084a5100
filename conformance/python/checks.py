"""Runs checks one after another and prints a JSON line for each of them."""

import json
import time
import traceback


class Checks:
    def __init__(self, match):
        self.match = match

    def check(self, name, body, *args):
        if self.match not in name:
            return
        start = time.monotonic()
        result = {"check": name, "ok": True}
        try:
            body(*args)
        except Exception as error:  # a check fails by any exception
            traceback.print_exc()
            result |= {"ok": False, "error": f"{type(error).__name__}: {error}"}
        self.say(result | {"ms": round((time.monotonic() - start) * 1000)})

    def say(self, message):
        print(json.dumps(message), flush=True)


def equal(expected, actual, what):
    assert expected == actual, f"{what}: expected {expected!r}, got {actual!r}"


def until(what, condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"waited 30 s in vain until {what}"
        time.sleep(0.01)
