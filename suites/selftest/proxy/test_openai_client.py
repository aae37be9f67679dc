"""OpenAI's own client through the proxy, to the embedded server.

It is imported by the tests alone: that takes half a second, and every worker imports this module.
"""

from typing import Any

import pytest
from servecheck.problems import load_problem_set
from servecheck.profiles.schema import Embedded
from servecheck.proxy import ProxyApp
from servecheck.proxy.command import server_config
from servecheck.selfcheck.embedded import app as embedded_app
from servecheck.selfcheck.embedded.canonical_replies import CanonicalReplies, chat_reply
from servecheck.transforms import transform_chain

STARTER = load_problem_set("starter")


@pytest.fixture
def clients(serve: Any) -> Any:
    """Two clients: of the server itself, and of the proxy before it that strips fences."""
    import openai

    app = embedded_app.EmbeddedApp(CanonicalReplies([STARTER]), "canonical", Embedded(chunk_words=1))
    with serve(embedded_app.server_config(app)) as url:
        proxy = ProxyApp(url, transform_chain(["strip_code_fences"]))
        with serve(server_config(proxy)) as proxied:
            yield [openai.OpenAI(base_url=f"{base}/v1", api_key="k", max_retries=0) for base in (url, proxied)]


def asking(task_id: str) -> dict[str, Any]:
    return {"model": "canonical", "messages": [{"role": "user", "content": STARTER[task_id].prompt}]}


def test_whole_and_streamed_replies_are_the_same_and_have_no_fences(clients) -> None:
    _, proxied = clients
    for task_id in STARTER.task_ids[:8]:
        whole = proxied.chat.completions.create(**asking(task_id))
        stream = proxied.chat.completions.create(**asking(task_id), stream=True, stream_options={"include_usage": True})
        chunks = list(stream)

        content = whole.choices[0].message.content
        assert "```" in chat_reply(STARTER[task_id])
        assert "```" not in content
        compile(content, task_id, "exec")
        assert "".join(one.choices[0].delta.content or "" for one in chunks if one.choices) == content
        assert chunks[-1].choices == []
        assert chunks[-1].usage == whole.usage


def test_models_and_errors_are_the_servers(clients) -> None:
    import openai

    direct, proxied = clients

    assert [one.id for one in proxied.models.list()] == [one.id for one in direct.models.list()]
    told = []
    for client in clients:
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="another", messages=[{"role": "user", "content": "hi"}])
        told.append(caught.value.body)
    assert told[0] == told[1]
