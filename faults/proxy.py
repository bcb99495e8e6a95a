"""A TCP proxy that can be slow, cut connections, and go silent. It runs in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
CHUNK = 64 * 1024


class Proxy:
    """Passes everything on to `target()`, a port of this machine, until it is told to misbehave."""

    def __init__(self, port: int, target: Callable[[], int]) -> None:
        self.port, self._target = port, target
        self._latency, self._reset_every, self._passed = 0.0, 0, 0
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-{port}", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._call(self._listen())

    def stop(self) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def slow(self, seconds: float) -> None:
        """Hold back every piece of data for so long; 0 is as usual."""
        self._latency = seconds

    def reset_every(self, pieces: int) -> None:
        """Reset the connection at every so many pieces of data; 0 is never."""
        self._reset_every, self._passed = pieces, 0

    def blackhole(self, on: bool) -> None:
        """Let nothing through, in neither direction, and close nothing; what was held back flows afterwards."""
        self._loop.call_soon_threadsafe(self._flowing.clear if on else self._flowing.set)

    def reset_all(self) -> None:
        """Reset all connections at once."""
        self._loop.call_soon_threadsafe(self._abort_all)

    def heal(self) -> None:
        self.slow(0)
        self.reset_every(0)
        self.blackhole(False)

    def _call(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port, reuse_address=True)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        self._flowing.set()
        self._abort_all()
        await asyncio.sleep(0.05)

    def _abort_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flowing.wait()
        try:
            onward_reader, onward = await asyncio.open_connection(LOOPBACK, self._target())
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, onward}
        pumps = [
            asyncio.create_task(self._pump(reader, onward)),
            asyncio.create_task(self._pump(onward_reader, writer)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for end in (writer, onward):
            end.close()
        self._open -= {writer, onward}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK):
                if self._latency:
                    await asyncio.sleep(self._latency)
                await self._flowing.wait()
                self._passed += 1
                if self._reset_every and self._passed % self._reset_every == 0:
                    writer.transport.abort()
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            return
