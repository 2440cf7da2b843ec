"""Qiniu's own Python SDK against the sandbox: creates a live, reads it, can't stop it, deletes it.

Usage: qiniu_mac.py BASE_URL ACCESS_KEY SECRET_KEY ANCHOR_ID
Prints one JSON object a line: the step, the HTTP status and the body.
"""

import json
import sys
import urllib.request
from urllib.parse import urlparse

import requests
from qiniu import QiniuMacAuth
from qiniu.auth import QiniuMacRequestsAuth

base, access_key, secret_key, anchor = sys.argv[1:]
mac = QiniuMacAuth(access_key, secret_key)
http = requests.Session()
http.trust_env = False  # The loopback needs no proxy.
http.auth = QiniuMacRequestsAuth(mac)


def tell(step, status, body):
    print(json.dumps({"step": step, "status": status, "body": json.loads(body)}), flush=True)


def call(step, method, path, **more):
    reply = http.request(method, base + path, timeout=10, **more)
    tell(step, reply.status_code, reply.text)
    return reply.json()


# The SDK adds X-Qiniu-Date and, without a body, a Content-Type, and signs both.
body = json.dumps({"anchor_id": anchor, "title": "来自 SDK <b>"}, ensure_ascii=False)
made = call("create", "POST", "/server/live", data=body.encode(), headers={"Content-Type": "application/json"})
live = made["data"]["live_id"]
call("get", "GET", "/server/live/" + live)
call("stop", "POST", "/server/live/%s/stop" % live)
call("token", "GET", "/server/auth/token", params={"app_id": "demo", "user_id": anchor})

# The same by urllib, with nothing signed but what it sends by itself.
path = "/server/live/" + live
sign = mac.token_of_request("GET", urlparse(base).netloc, base + path, "")
request = urllib.request.Request(base + path, headers={"Authorization": "Qiniu " + sign})
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(request, timeout=10) as reply:
    tell("urllib", reply.status, reply.read())

call("delete", "DELETE", path)
call("gone", "GET", path)

http.auth = QiniuMacRequestsAuth(QiniuMacAuth(access_key, secret_key + "x"))
call("wrong key", "GET", path)
