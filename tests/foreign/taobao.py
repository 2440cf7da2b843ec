"""The gateway's own SDK for Python against the sandbox.

Usage: taobao.py HOST PORT APP_KEY APP_SECRET LIVE_ID. Exits with 0 when everything is as it should be.
"""

import sys

import top
from top.api.base import RestApi, TopException


class LiveRoomFetchOrigin(RestApi):
    """The SDK has no class for this method, but every one of its classes is like this."""

    def __init__(self, domain, port, live_id):
        RestApi.__init__(self, domain, port)
        self.live_id = live_id

    def getapiname(self):
        return "taobao.live.room.fetch.origin"


def refusal(request):
    try:
        request.getResponse()
    except TopException as error:
        return error.errorcode, error.subcode
    raise AssertionError("the gateway should have refused")


def main():
    host, port, key, secret, live_id = sys.argv[1:6]

    top.setDefaultAppInfo(key, secret)
    reply = LiveRoomFetchOrigin(host, int(port), live_id).getResponse()
    result = reply["live_room_fetch_origin_response"]["result"]
    assert result["status"] == 1, result
    assert result["urls"]["live_hd"].startswith("http://"), result

    # Signed text beyond ASCII, and an id that doesn't exist.
    assert refusal(LiveRoomFetchOrigin(host, int(port), "直播 a&b=c")) == (50, "isv.invalid-parameter")
    top.setDefaultAppInfo(key, secret + "x")
    assert refusal(LiveRoomFetchOrigin(host, int(port), live_id)) == (25, None)


main()
