"""Poses as vLLM's ``vllm serve``, or SGLang's; what it does is in the variable FAKE_ENGINE, as JSON.

says: text for the log. exits: exit code, after saying. hangs: does not listen. unhealthy: so many answers of /health
are 503. fails_first: so many starts, counted in the file ``counter``, say and exit. stubborn: has children that ignore
SIGTERM, one of them a daemon. served: names in /v1/models, in place of those asked for. owned_by: what is there too.
"""

import http.server
import json
import os
import signal
import sys
import time
from pathlib import Path

arguments = sys.argv[1:]
plan = json.loads(os.environ.get("FAKE_ENGINE", "{}"))
host = arguments[arguments.index("--host") + 1]
port = int(arguments[arguments.index("--port") + 1])
names = plan.get("served", [arguments[arguments.index("--served-model-name") + 1]])
unhealthy = plan.get("unhealthy", 0)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global unhealthy
        answers = {
            "/health": {},
            "/version": {"version": "0.32.0"},
            "/server_info": {"version": "0.5.23", "tp_size": 1},
            "/v1/models": {"data": [card(name) for name in names]},
            "/environment": dict(os.environ),
            "/arguments": arguments,
        }
        ill = self.path == "/health" and unhealthy > 0
        unhealthy -= ill
        body = json.dumps(answers[self.path]).encode()
        self.send_response(503 if ill else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def card(name):
    return {"id": name, "max_model_len": 2048} | {key: plan[key] for key in ("owned_by",) if key in plan}


def starts_before():
    if "counter" not in plan:
        return 0
    with Path(plan["counter"]).open("a+") as counter:
        counter.write("x")
        counter.seek(0)
        return len(counter.read()) - 1


def wait_for_ever():
    while True:
        time.sleep(60)


def have_stubborn_children():
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.setsid()
        os.fork()
        wait_for_ever()


fails = starts_before() < plan.get("fails_first", 0)
if plan.get("stubborn"):
    have_stubborn_children()
if "says" in plan and (fails or "fails_first" not in plan):
    print(plan["says"], flush=True)
if "exits" in plan and (fails or "fails_first" not in plan):
    os._exit(plan["exits"])
if plan.get("hangs"):
    wait_for_ever()
http.server.HTTPServer((host, port), Handler).serve_forever()
