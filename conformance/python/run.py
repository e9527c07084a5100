"""run.py ADAPTER BOOTSTRAP PREFIX MATCH: the scenarios, by one client library."""

import importlib
import sys

from checks import Checks
from scenarios import Scenarios

adapter, bootstrap, prefix = sys.argv[1:4]
checks = Checks(sys.argv[4] if len(sys.argv) > 4 else "")
client = importlib.import_module(f"{adapter}_client").Client(bootstrap)
checks.say({"version": client.version})
scenarios = Scenarios(checks, client, prefix)
scenarios.run()
if adapter == "confluent":
    from confluent_scenarios import ConfluentScenarios

    ConfluentScenarios(scenarios, bootstrap).run()
client.close()
checks.say({"done": True})
