"""A proxy in front of the server that loses, delays and cuts what goes through it."""

import socket
import struct
import threading


class Proxy:
    """Takes connections at `port` and hands their bytes on to the server's."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.links = set()
        self.passing = threading.Event()
        self.passing.set()
        self.refusing = False
        # Bytes that still get through before the connection is cut, by direction; None: no cut is due.
        self.left = {"requests": None, "answers": None}
        threading.Thread(target=self.accept, daemon=True).start()

    def drop(self):
        """Resets every connection, wherever it stands."""
        with self.lock:
            links = list(self.links)
        for link in links:
            self.reset(link)

    def cut(self, way, after):
        """Resets the next connection on which so many further bytes have gone that way."""
        with self.lock:
            self.left[way] = after

    def hold(self, seconds):
        """Nothing gets through for a while; it is late, not lost."""
        self.passing.clear()
        threading.Timer(seconds, self.passing.set).start()

    def refuse(self, seconds):
        self.refusing = True
        self.drop()
        threading.Timer(seconds, lambda: setattr(self, "refusing", False)).start()

    def calm(self):
        self.refusing = False
        self.passing.set()
        with self.lock:
            self.left = dict.fromkeys(self.left)

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                if self.refusing:
                    raise ConnectionRefusedError
                link = (client, socket.create_connection(("127.0.0.1", self.target), 5))
                link[1].settimeout(None)
            except OSError:
                self.reset((client,))
                continue
            with self.lock:
                self.links.add(link)
            for source, sink, way in ((*link, "requests"), (*reversed(link), "answers")):
                threading.Thread(target=self.pump, args=(link, source, sink, way), daemon=True).start()

    def pump(self, link, source, sink, way):
        try:
            while data := source.recv(65536):
                self.passing.wait()
                allowed = self.allowed(way, len(data))
                sink.sendall(data[:allowed])
                if allowed < len(data):
                    break
            else:
                sink.shutdown(socket.SHUT_WR)
                return
        except OSError:
            pass
        self.reset(link)

    def allowed(self, way, count):
        """How many of so many bytes get through."""
        with self.lock:
            left = self.left[way]
            if left is None:
                return count
            self.left[way] = left - count if left >= count else None
            return min(left, count)

    def reset(self, link):
        with self.lock:
            self.links.discard(link)
        for end in link:
            try:
                # Without a linger the close is a reset. Who waits to receive wakes up, and no end is told before.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD)
            except OSError:
                pass
            end.close()
