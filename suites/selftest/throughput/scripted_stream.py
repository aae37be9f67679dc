"""One scripted reply: bytes made beforehand, when each of them is due, and what was really emitted."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass
class Truth:
    """What one request got, in seconds of the machine's monotonic clock."""

    id: Any
    received_s: float
    tokens: int
    emitted_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)


def _frame(event: bytes) -> bytes:
    data = b"data: %b\n\n" % event
    return b"%x\r\n%b\r\n" % (len(data), data)


def _chunk(delta: dict[str, Any], finish_reason: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    shell = {"id": "chatcmpl-0123456789abcdef", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}
    return _frame(json.dumps({**shell, "choices": [choice], **more}, separators=(",", ":")).encode())


def _usage(completion_tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 9, "completion_tokens": completion_tokens, "total_tokens": 9 + completion_tokens}


_ROLE = _chunk({"role": "assistant", "content": ""})
_CONTENT = {size: _chunk({"content": " word" * size}) for size in range(1, 33)}
_REASONING = {size: _chunk({"reasoning": " word" * size}) for size in range(1, 33)}
_LAST = {size: _chunk({"content": " word" * size}, "length") for size in range(1, 33)}
_ERROR = _frame(b'{"error":{"message":"engine died","code":500}}')
_END = _frame(b"[DONE]") + b"0\r\n\r\n"


class ScriptedStream:
    """One reply: what is left of it, and where it goes."""

    __slots__ = ("connection", "due_s", "gaps_s", "pieces", "step_s", "truth")

    def __init__(self, connection: socket.socket, script: dict[str, Any], received_s: float) -> None:
        sizes: list[int] = script["sizes"]
        gaps = script["gaps_ms"]
        self.connection = connection
        self.truth = Truth(script.get("id"), received_s, sum(sizes))
        self.gaps_s = [gap / 1e3 for gap in gaps] if isinstance(gaps, list) else [gaps / 1e3] * (len(sizes) - 1)
        self.step_s = script.get("step_ms", 0) / 1e3
        self.due_s = received_s + script["ttft_ms"] / 1e3
        self.pieces = self._made(sizes, script)

    def _made(self, sizes: list[int], script: dict[str, Any]) -> list[bytes | None]:
        """One piece a chunk; None: the connection is closed."""
        reasoning, fault = script.get("reasoning", 0), script.get("fault")
        pieces: list[bytes | None]
        if script.get("sizes_told"):
            total = 0
            pieces = []
            for index, size in enumerate(sizes):
                total += size
                text = {"reasoning" if index < reasoning else "content": " word" * size}
                pieces.append(_chunk(text, "length" if index == len(sizes) - 1 else None, usage=_usage(total)))
        else:
            pieces = [_REASONING[size] for size in sizes[:reasoning]]
            pieces += [_CONTENT[size] for size in sizes[reasoning:-1]]
            pieces.append(_LAST[sizes[-1]])
        usage = _frame(json.dumps({"choices": [], "usage": _usage(sum(sizes))}).encode())
        half = max(1, len(sizes) // 2)
        if fault == "stall":
            del pieces[half:]
        elif fault in {"cut", "error"}:
            pieces[half:] = [_ERROR + _END if fault == "error" else None]
        else:
            assert pieces[-1] is not None
            pieces[-1] += (usage if script.get("usage", True) else b"") + _END
        if script.get("closes"):
            pieces.append(None)
            self.gaps_s.append(0.0)
        assert pieces[0] is not None
        pieces[0] = _ROLE + pieces[0]
        pieces.reverse()
        self.gaps_s.reverse()
        return pieces

    @property
    def at_s(self) -> float:
        """When the next chunk is to go out: when it is due, or at the engine step after."""
        return self.due_s if not self.step_s else -(-self.due_s // self.step_s) * self.step_s
