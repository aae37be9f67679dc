"""Finding a server that runs already, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from servecheck.errors import ServerUnreachable, UsageError
from servecheck.selfcheck.embedded.server import EmbeddedServer
from servecheck.servers.external import ExternalServer


class Listing(ThreadingHTTPServer):
    """Answers a GET of ``/v1/models`` with ``status``, ``sent`` and ``body``, and of other paths as ``others`` says.

    A POST to ``/v1/chat/completions`` gets ``chat``. ``asked`` has the paths, ``headers`` those of the last request for
    the models.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.sent, self.body = 200, dict[str, str](), b""
        self.others: dict[str, tuple[int, bytes]] = {}
        self.chat: tuple[int, bytes] = (404, b"")
        self.asked: list[str] = []
        self.headers: Any = None

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def base_url(self) -> str:
        return f"{self.root}/v1"

    def models(self, *cards: str | dict[str, Any]) -> None:
        entries = [{"id": card} if isinstance(card, str) else card for card in cards]
        self.body = json.dumps({"object": "list", "data": entries}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Listing

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.others.get(self.path, (404, b""))
        if self.path == "/v1/models":
            status, body = self.server.status, self.server.body
            self.server.headers = self.headers
        self.send_response(status)
        for name, value in self.server.sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        status, body = self.server.chat if self.path == "/v1/chat/completions" else (404, b"")
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listing() -> Iterator[Listing]:
    with Listing() as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _refusal(base_url: str, model: str | None = None, kind: type[UsageError] = ServerUnreachable) -> str:
    with pytest.raises(kind) as caught:
        ExternalServer(base_url, model).start()
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_the_only_served_model_is_taken(embedded_server: EmbeddedServer) -> None:
    with ExternalServer(embedded_server.base_url + "/") as server:
        assert server.served_models == ["canonical"]
        assert server.model == "canonical"
        assert server.base_url == embedded_server.base_url


def test_a_named_model_is_found_among_several(listing: Listing) -> None:
    listing.models("a", {"id": "b", "max_model_len": 512})

    with ExternalServer(listing.base_url, "b") as server:
        assert (server.model, server.max_model_len) == ("b", 512)


def test_of_several_names_of_one_model_the_first_is_taken(listing: Listing) -> None:
    listing.models({"id": "glm", "root": "/m"}, {"id": "glm-4.7", "root": "/m"})

    with ExternalServer(listing.base_url) as server:
        assert server.model == "glm"


def test_names_of_one_model_are_told_and_those_of_its_adapters_are_not(listing: Listing) -> None:
    listing.models(
        {"id": "glm", "root": "/w/glm"},
        {"id": "judge", "root": "/w/glm"},
        {"id": "tuned", "root": "/w/lora", "parent": "glm"},
    )

    with ExternalServer(listing.base_url, "glm") as server:
        assert server.describe()["names"] == ["glm", "judge"]


def test_an_alias_that_the_server_declares_is_asked_for_as_given(listing: Listing) -> None:
    listing.models({"id": "GLM-Q4.gguf", "aliases": ["glm"]})

    with ExternalServer(listing.base_url, "glm") as server:
        assert server.model == "glm"
        assert server.describe() == {"id": "GLM-Q4.gguf", "names": ["GLM-Q4.gguf", "glm"]}


def test_a_model_that_is_not_served_is_an_error_that_lists_what_is_the_nearest_first(listing: Listing) -> None:
    listing.models("a", "GLM-4.7-FP8")

    text = _refusal(listing.base_url, "zai-org/GLM-4.7", UsageError)

    assert "does not serve 'zai-org/GLM-4.7'; it serves: GLM-4.7-FP8, a. Give --model one of these" in text


def test_weights_served_under_another_name_are_found_by_their_root(listing: Listing) -> None:
    listing.models("a", {"id": "glm", "root": "zai-org/GLM-4.7-FP8"})

    text = _refusal(listing.base_url, "zai-org/GLM-4.7-FP8", UsageError)

    assert "serves 'zai-org/GLM-4.7-FP8' under another name: give --model glm, or set the profile's served_name" in text


FP8 = ["zai-org/GLM-4.7-FP8"]


@pytest.mark.parametrize(
    "root",
    ["/data/QuantTrio/GLM-4.7-AWQ", "QuantTrio/GLM-4.7-AWQ", "/hf/models--QuantTrio--GLM-4.7-AWQ/snapshots/0a1b"],
)
def test_other_weights_behind_the_name_are_refused(listing: Listing, root: str) -> None:
    listing.models({"id": "glm47", "root": root})

    with pytest.raises(UsageError) as caught:
        ExternalServer(listing.base_url, "glm47", FP8).start()

    assert (
        f"serves 'glm47', whose weights are {root!r}, and the profile's are 'zai-org/GLM-4.7-FP8': correct the "
        "profile's model (or weights), or the base URL" in str(caught.value)
    )


@pytest.mark.parametrize(
    "root",
    [
        "zai-org/GLM-4.7-FP8",
        "/data/glm-4.7-fp8/",
        "/data/GLM-4.7-FP8-mtp",
        "/data/GLM-4.7",
        "/hf/hub/models--zai-org--GLM-4.7-FP8/snapshots/0a1b2c",
        "D:\\models\\GLM-4.7-FP8",
        "glm47",  # engines that tell the name served
        "/model",
        "/",
        None,
    ],
)
def test_weights_that_may_be_the_profiles_are_taken(listing: Listing, root: str | None) -> None:
    listing.models({"id": "glm47", "root": root})

    with ExternalServer(listing.base_url, "glm47", FP8) as server:
        assert server.model == "glm47"


def test_where_no_weights_are_published_any_are_taken(listing: Listing) -> None:
    listing.models({"id": "glm47", "root": "/data/QuantTrio/GLM-4.7-AWQ"})

    with ExternalServer(listing.base_url, "glm47") as server:
        assert server.describe()["root"] == "/data/QuantTrio/GLM-4.7-AWQ"


def test_llamacpps_weights_are_known_by_its_path(listing: Listing) -> None:
    listing.models({"id": "glm", "owned_by": "llamacpp"})
    listing.others["/props"] = (200, b'{"build_info": "b1-a", "model_path": "/m/GLM-4.7-Flash-Q4_K_M.gguf"}')

    with ExternalServer(listing.base_url, "glm", ["GLM-4.7-Flash"]) as server:
        assert server.describe()["version"] == "b1-a"
    with pytest.raises(UsageError, match=r"whose weights are '/m/GLM-4\.7-Flash-Q4_K_M\.gguf'"):
        ExternalServer(listing.base_url, "glm", ["openai/gpt-oss-120b", "gpt.gguf"]).start()


def test_several_models_and_none_named_is_an_error_that_lists_them(listing: Listing) -> None:
    listing.models("a", {"id": "b", "parent": "a"})

    assert _refusal(listing.base_url, None, UsageError).endswith("give --model one of: a, b (adapter of a)")


def test_names_that_would_control_a_terminal_are_escaped(listing: Listing) -> None:
    listing.models("\x1b]0;owned\x07", "b\nFAILED")

    assert _refusal(listing.base_url, "c", UsageError).count(r"\x1b]0;owned\x07") == 1
    assert r"b\nFAILED" in _refusal(listing.base_url, None, UsageError)


def test_what_the_server_says_of_itself_is_described(listing: Listing) -> None:
    listing.models({"id": "glm", "root": "/m", "owned_by": "vllm", "max_model_len": 4096})
    listing.others["/version"] = (200, b'{"version": "0.32.0"}')

    with ExternalServer(listing.base_url) as server:
        assert server.describe() == {
            "id": "glm",
            "root": "/m",
            "owned_by": "vllm",
            "max_model_len": 4096,
            "version": "0.32.0",
        }


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b""), (500, b'{"version": "1"}'), (200, b"<html>"), (200, b"[]"), (200, b'{"version": 1}')],
)
def test_no_version_is_normal(listing: Listing, status: int, body: bytes) -> None:
    listing.models("a")
    listing.others["/version"] = (status, body)

    with ExternalServer(listing.base_url) as server:
        assert server.describe() == {"id": "a"}
        assert server.max_model_len is None


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (404, b"", "mostly in /v1"),
        (429, b"slow down", r"answered HTTP 429 \(slow down\); see the server's log"),
        (503, b'{"error": "Loading model"}', r"HTTP 503 \(.*Loading model.*\); wait until it has loaded its model"),
        (200, b"<html>", "answered a web page, and so without a list of models"),
        (200, b"OK", r"without a list of models.*\(it begins: OK\)"),
        (200, b"[]", "without a list of models"),
        (200, b'{"data": null}', "without a list of models"),
        (200, b'{"data": []}', "lists no model; load one"),
        (200, b'{"data": [{"id": 1}]}', r"lists a model whose id is no name \(1\)"),
    ],
)
def test_an_answer_that_no_model_server_gives_says_what_to_do(
    listing: Listing, status: int, body: bytes, hint: str
) -> None:
    listing.status, listing.body = status, body

    with pytest.raises(ServerUnreachable, match=hint):
        ExternalServer(listing.base_url).start()


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_a_key_says_which_variable_holds_it(
    listing: Listing, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    listing.status = status

    text = _refusal(listing.base_url)

    assert f"wants a key (HTTP {status}), and OPENAI_API_KEY is not set; set OPENAI_API_KEY" in text


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_key_is_not_repeated_even_where_the_server_repeats_it(
    listing: Listing, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    listing.status, listing.body = status, b'{"error": "Incorrect API key provided: sk-secret"}'

    text = _refusal(listing.base_url)

    assert "sk-secret" not in text
    assert ("OPENAI_API_KEY is set, but not to a key that this server accepts" in text) is (status != 500)


@pytest.mark.parametrize("status", [200, 401])
def test_a_forgotten_v1_is_found_with_one_more_question(listing: Listing, status: int) -> None:
    listing.models("a")
    listing.status = status

    text = _refusal(listing.root)

    assert text.endswith(f"correct it: did you mean {listing.base_url}?")
    assert listing.asked == ["/models", "/v1/models"]


def test_a_web_page_before_the_api_leads_to_v1_too(listing: Listing) -> None:
    listing.models("a")
    listing.others["/models"] = (200, b"<!doctype html>")

    assert _refusal(listing.root).endswith(f"correct the base URL: did you mean {listing.base_url}?")


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_that_lists_no_models_is_asked_for_the_one_that_is_named(listing: Listing, status: int) -> None:
    listing.status, listing.chat = status, (400, b"{}")

    with ExternalServer(listing.base_url, "m") as server:
        assert (server.model, server.max_model_len) == ("m", None)
        assert server.describe() == {"id": "m"}


def test_a_server_that_lists_no_models_is_asked_for_none_that_is_not_named(listing: Listing) -> None:
    listing.status, listing.chat = 404, (400, b"{}")

    assert "or name the model with --model where this server lists none" in _refusal(listing.base_url)


def test_an_address_without_chat_is_the_wrong_one_whatever_model_is_named(listing: Listing) -> None:
    listing.models("a")

    with pytest.raises(ServerUnreachable, match=f"did you mean {listing.base_url}"):
        ExternalServer(listing.root, "a").start()


@pytest.mark.parametrize("resource", ["/chat/completions", "/completions", "/models"])
def test_the_address_of_a_resource_leads_to_its_base(listing: Listing, resource: str) -> None:
    listing.models("a")

    assert _refusal(listing.base_url + resource).endswith(f"did you mean {listing.base_url}?")


@pytest.mark.parametrize(("status", "body"), [(404, b""), (200, b"<html>"), (200, b'{"data": []}')])
def test_nothing_is_suggested_that_was_not_found(listing: Listing, status: int, body: bytes) -> None:
    listing.status, listing.body = status, body

    assert "did you mean" not in _refusal(listing.root)


def test_a_redirect_is_shown_and_not_followed(listing: Listing) -> None:
    listing.status, listing.sent = 307, {"Location": f"http://u:pw@127.0.0.1:{listing.server_port}/else?token=pw"}

    text = _refusal(listing.base_url)

    assert f"redirects (HTTP 307) to {listing.root}/else, and the key is sent to no other address" in text
    assert "pw" not in text
    assert listing.asked == ["/v1/models"]


@pytest.mark.parametrize("location", ["", "http://[::1", "//[", "\x1b", "http://h:99999999/"])
def test_a_redirect_to_nowhere_is_no_model_server(listing: Listing, location: str) -> None:
    listing.status, listing.sent = 302, {"Location": location}

    assert listing.base_url in _refusal(listing.base_url)


@pytest.mark.parametrize(("value", "sent"), [("sk-1", "Bearer sk-1"), ("", "Bearer EMPTY")])
def test_the_key_comes_from_the_environment(
    listing: Listing, monkeypatch: pytest.MonkeyPatch, value: str, sent: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    listing.models("a")

    ExternalServer(listing.base_url).start()

    assert listing.headers["Authorization"] == sent


def test_a_proxy_from_the_environment_is_not_used_on_this_machine(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    listing.models("a")

    with ExternalServer(listing.base_url) as server:
        assert server.model == "a"


def test_a_refusal_by_way_of_a_proxy_names_the_proxy(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", listing.root)

    text = _refusal("http://gpu-7.invalid:8000/v1")

    assert "answered HTTP 404" in text
    assert "set NO_PROXY=gpu-7.invalid where the server is reached without it" in text
    assert listing.asked == ["http://gpu-7.invalid:8000/v1/models"]
