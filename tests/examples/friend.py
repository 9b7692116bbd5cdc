"""A client that behaves well, and has to be served whatever others do."""

import threading

from peer import BINARY, CLOSE, FIN, Peer, close_payload
from programs import PATIENCE

# Seconds between two messages, so that there is time for those who attack.
PAUSE = 0.001


class Friend:
    """Sends one message after the other from a thread of its own, and compares what comes back."""

    def __init__(self, port, meet=Peer.open):
        self.peer = meet(port)
        self.echoes, self.error = 0, None
        self.news, self.enough = threading.Condition(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while not self.enough.wait(PAUSE):
                message = b"%d, " % self.echoes * (self.echoes % 100)
                self.peer.send_frame(FIN | BINARY, message)
                came = self.peer.read_message()
                assert came == (BINARY, message), came
                with self.news:
                    self.echoes += 1
                    self.news.notify_all()
            self.peer.send_frame(FIN | CLOSE, close_payload(1000, "friend"))
            came = self.peer.read_frame()
            assert came == (FIN | CLOSE, close_payload(1000, "friend")), came
        except Exception as error:  # shown where the test looks
            with self.news:
                self.error = error
                self.news.notify_all()

    def is_served(self, times=20):
        """Waits until so many more of its messages have come back, sent from now on."""
        with self.news:
            wanted = self.echoes + 1 + times  # one may be on its way
            self.news.wait_for(lambda: self.error or self.echoes >= wanted, PATIENCE)
            if self.error:
                raise self.error
            assert self.echoes >= wanted, f"the friend got {self.echoes} echoes instead of {wanted}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.enough.set()
        self.thread.join(PATIENCE)
        self.peer.shut()
        if kind is None and self.error:
            raise self.error
