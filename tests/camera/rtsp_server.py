"""A real RTSP camera for the tests: GStreamer's server, run with the system's Python. Prints its port.

Run as ``/usr/bin/python3 rtsp_server.py PICTURES_A_SECOND USER PASSWORD``; no user: everybody may watch.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

LAUNCH = (
    "( videotestsrc is-live=true pattern=smpte ! video/x-raw,format=I420,width=320,height=192,framerate={rate}/1"
    " ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
)
ROLE = "watcher, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"


def main(rate: str, user: str, password: str) -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service="0")
    factory = GstRtspServer.RTSPMediaFactory(launch=LAUNCH.format(rate=rate), shared=True)
    if user:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "watcher")
        auth = GstRtspServer.RTSPAuth()
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        server.set_auth(auth)
        factory.add_role_from_structure(Gst.Structure.from_string(ROLE)[0])
    server.get_mount_points().add_factory("/room", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:4])
