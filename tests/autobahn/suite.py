# For Python 2.7, the only one that Autobahn|Testsuite runs on.
"""Runs Autobahn|Testsuite on the loopback interface alone.

suite.py fuzzingclient|fuzzingserver SPECIFICATION
The client ends when its cases are over; the server first prints where it listens and stays.
"""

import json
import sys

from twisted.internet import reactor

from autobahntestsuite import fuzzing


def listen_on_loopback(factory, context_factory=None):
    """What `fuzzing` calls listenWS, which would listen on every interface."""
    port = reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port
    factory.externalPort = port  # what has to stand in Host
    sys.stdout.write("listening on ws://127.0.0.1:%d\n" % port)
    sys.stdout.flush()


def main(mode, specification):
    with open(specification) as text:
        specification = json.load(text)
    fuzzing.listenWS = listen_on_loopback
    if mode == "fuzzingserver":
        fuzzing.startServer(specification, webport=0)
    else:
        fuzzing.startClient(specification)
    reactor.run()


main(*sys.argv[1:])
