"""The workers that a Dask scheduler has, as something that answers messages.

Dask gives work to whoever is free, and anew where a worker is lost.  Its protocol unpickles: who
can speak as the scheduler can run code here.  So only the command line names one.
"""

from __future__ import annotations

import json
import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from cecheck import __version__
from cecheck.engines.child import Crashed, Done, Limit, Outcome
from cecheck.farm import identity
from cecheck.farm.identity import Identity
from cecheck.options import UsageError

CONNECT = 5.0  # seconds until a scheduler that does not answer is not there
ALONE = 60.0  # seconds without a worker until none will come
_LOOK = 1.0  # seconds without news until the scheduler is asked for its workers
_FETCH = 30.0  # seconds for an answer that is ready to come here
_PROTOCOLS = {"dask": "tcp", "dask+tls": "tls"}


@dataclass
class _Asked:
    """A message that is not answered: *future* is none while it waits to be sent again."""

    message: str
    seconds: float
    future: Any = None
    is_again: bool = False


@dataclass
class Farm:
    """The workers of the scheduler at *executor*: ``dask://host:port``, with TLS ``dask+tls:``.

    Entering connects; that nobody answers there is a usage error.  Leaving cancels what is not
    answered.
    """

    executor: str
    here: Identity = field(default_factory=identity.own)
    _client: Any = None
    _asked: dict[int, _Asked] = field(default_factory=dict)
    _ended: queue.SimpleQueue[int] = field(default_factory=queue.SimpleQueue)
    _again: deque[int] = field(default_factory=deque)
    _alone_since: float | None = None
    _lost: str | None = None
    _has_answered: bool = False

    def __enter__(self) -> Farm:
        self._client = _connected(self.executor)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(Exception):  # whatever is wrong there, the run is over here
            self._client.close(timeout=CONNECT)  # the scheduler cancels what a client leaves

    def send(self, number: int, message: str, seconds: float) -> None:
        """Ask for the answer to *message*, which `answers` will yield by *number*."""
        self._asked[number] = _Asked(message, seconds)
        self._submit(number)

    def answers(self, *, wait: bool) -> Iterator[tuple[int, Outcome]]:
        """Yield answers as they come: those that are there, or, with *wait*, all that are due.

        Where scheduler or workers are lost, what is due is stopped at a limit; before any answer
        that is a usage error, as is a worker with another cecheck.
        """
        while self._asked:
            try:
                number = self._ended.get(timeout=_LOOK if wait and self._lost is None else 0)
            except queue.Empty:
                if not wait:
                    return
                if self._lost is None:
                    self._look_for_workers()
                if self._lost is not None:
                    yield from self._given_up(self._lost)
                continue
            outcome = self._outcome(number) if number in self._asked else None
            if outcome is not None:
                self._has_answered = True
                del self._asked[number]
                yield number, outcome
            self._send_again()

    def _submit(self, number: int) -> None:
        asked = self._asked[number]
        if self._lost is not None:
            return
        try:
            # Impure, or Dask would hand out what another run with the same message was answered.
            asked.future = self._client.submit(_task(), asked.message, asked.seconds, pure=False)
            asked.future.add_done_callback(lambda _: self._ended.put(number))
        except Exception as error:  # of many kinds: the client has closed itself
            self._lost = f"the connection to {self.executor} was lost ({_line(error)})"

    def _send_again(self) -> None:
        """Send what workers died of, or beside, once more: when it is all that runs."""
        if self._again and all(asked.future is None for asked in self._asked.values()):
            self._submit(self._again.popleft())

    def _outcome(self, number: int) -> Outcome | None:
        """Return how it ended; None: not yet."""
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415  (see `_connected`)

        asked = self._asked[number]
        try:
            told = asked.future.result(timeout=_FETCH)
        except TimeoutError:  # the worker that has it is lost, or slow
            asked.future.add_done_callback(lambda _: self._ended.put(number))
            return None
        except CancelledError as error:
            if getattr(error, "reason", "") == "scheduler-connection-lost":
                self._lost = f"the connection to {self.executor} was lost"
                return None
            return Limit("cancelled on the cluster")
        except KilledWorker as error:
            return self._died(number, error.allowed_failures + 1)
        except Exception as error:
            raise UsageError(
                f"{self.executor} cannot run cecheck ({_line(error)}): "
                "have the same versions of Python and Dask everywhere"
            ) from error
        return self._understood(told)

    def _died(self, number: int, count: int) -> Outcome | None:
        """Workers died with it.  That may be the fault of another one that ran beside it."""
        asked = self._asked[number]
        if asked.is_again:
            return Limit(f"{count} workers died of it, one after the other")
        asked.future, asked.is_again = None, True
        self._again.append(number)
        return None

    def _understood(self, told: str) -> Outcome:
        try:
            kind, data = json.loads(told)
        except (ValueError, TypeError):
            return Crashed("garbled answer of a worker")
        match kind:
            case "done":
                return Done(data)
            case "limit":
                return Limit(str(data))
            case "differs":
                differences = identity.differences(self.here, data)
                what = f"another cecheck: {differences}" if data else "no cecheck"
                raise UsageError(
                    f"a worker of {self.executor} has {what}; "
                    f"install the same cecheck[dask] {__version__} everywhere"
                )
            case _:
                return Crashed(str(data))

    def _look_for_workers(self) -> None:
        """Find out whether there is still somebody who may answer."""
        try:
            has_workers = bool(self._client.nthreads())
        except Exception:  # it is on its way to be lost, which its futures will tell
            return
        now = time.monotonic()
        self._alone_since = None if has_workers else self._alone_since or now
        if self._alone_since is not None and now - self._alone_since >= ALONE:
            self._lost = f"{self.executor} had no worker for {ALONE:g} s (`dask worker` starts one)"

    def _given_up(self, reason: str) -> Iterator[tuple[int, Outcome]]:
        if not self._has_answered:
            raise UsageError(reason)
        for number in sorted(self._asked):
            del self._asked[number]
            yield number, Limit(reason)


def _task() -> Callable[[str, float], str]:
    """Return what a worker calls.

    A function in a function travels as code, where one of a module travels as its name: so a
    worker without cecheck can say so, and the scheduler needs none.
    """

    def cecheck(message: str, seconds: float) -> str:
        try:
            from cecheck.farm.worker import answer  # noqa: PLC0415
        except ImportError:
            return '["differs", {}]'
        return answer(message, seconds)

    return cecheck


def _connected(executor: str) -> Any:
    """Return a client of Dask; without Dask, or without anybody there, that is a usage error."""
    logging.disable(logging.CRITICAL)  # Dask's: what matters of it is in a report
    try:
        from distributed import Client, Security  # noqa: PLC0415  (a second, for who needs it)
    except ImportError as error:
        raise UsageError(
            f"--executor {executor} needs Dask: pip install 'cecheck[dask]'"
        ) from error
    scheme, _, place = executor.partition("://")
    protocol = _PROTOCOLS[scheme]
    try:
        security = Security()  # as Dask's own configuration has it
        if protocol == "tls" and security.get_connection_args("client")["ssl_context"] is None:
            raise UsageError(
                f"{executor} needs certificates: see distributed.comm.tls in Dask's configuration"
            )
        address = f"{protocol}://{place}"
        return Client(address, timeout=CONNECT, security=security, set_as_default=False)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise UsageError(
            f"no scheduler of Dask answers at {executor} ({_line(error)}): start one with "
            "`dask scheduler`, or leave --executor out"
        ) from error


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
