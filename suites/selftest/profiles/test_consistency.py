"""Profiles that contradict themselves."""

from pathlib import Path

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.load import load_profile

VLLM = 'backend = "vllm"\n'
LLAMACPP = 'backend = "llamacpp"\n'
SGLANG = 'backend = "sglang"\n'
YARN = "yarn = { factor = 4.0, native_length = 32768, rope_theta = 10000.0 }\n"


def load(directory: Path, keys: str, name: str = "p") -> None:
    (directory / "family.toml").write_text(f'["{name}"]\nmodel = "m"\n{keys}', encoding="utf-8")
    load_profile(name, directory)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (VLLM + 'executable = "vllm"\nimage = "i"', "executable and image each name an engine: keep one"),
        (LLAMACPP + 'python = "python3"', "python is not for backend 'llamacpp'"),
        (VLLM + 'compose_file = "c.yml"', "compose_file is not for backend 'vllm'"),
        ("flags = { a = 1 }", "flags: backend 'external' starts no engine"),
        ('backend = "embedded"\ngpus = 1\nweights = "w"', "gpus, weights: backend 'embedded' starts no engine"),
        (VLLM + 'base_url = "http://h/v1"', "base_url is about a server that runs already"),
        (VLLM + "embedded = {}", "the table embedded is about the embedded server"),
        (VLLM + "flags = { port = 1 }", "flags.port: the suite sets --port itself"),
        (VLLM + 'flags = { served_model_name = "x" }', "the suite sets --served-model-name itself"),
        (LLAMACPP + 'flags = { -m = "x" }', "flags.-m: the suite sets --model itself"),
        (LLAMACPP + 'flags = { -a = "x" }', "flags.-a: the suite sets --alias itself"),
        (VLLM + 'flags = { api-key = "s" }', "flags.api-key is a secret"),
        (VLLM + 'environment = { HF_TOKEN = "s" }', "environment.HF_TOKEN looks like a secret"),
        (VLLM + 'flags = { speculative-config = "{}" }', "say it by the table speculation"),
        (
            VLLM + 'mtp = {}\nspeculation = { method = "ngram" }',
            "mtp and speculation both say what drafts tokens: keep",
        ),
        (VLLM + 'speculation = { method = "eagle3" }', "speculation.model is missing: EAGLE-3 drafts with weights"),
        (LLAMACPP + 'speculation = { method = "draft_model" }', "speculation.model is missing: draft model drafts"),
        (VLLM + 'speculation = { method = "ngram", model = "d" }', "speculation.model: ngram drafts without a model"),
        (
            LLAMACPP + 'speculation = { method = "ngram", tokens = 4, lookup = 5 }',
            "speculation.lookup 5 is more than its tokens, 4, and llama.cpp then drafts nothing",
        ),
        (VLLM + "speculation = { lookup = 2 }", "speculation.lookup is about n-grams, and the method is 'mtp'"),
        (VLLM + 'speculation = { method = "eagle3", model = "-d" }', "speculation.model '-d' begins with a dash"),
        (SGLANG + 'speculation = { method = "NGRAM", model = "d" }', "speculation.model: ngram drafts without a model"),
        (SGLANG + 'speculation = { method = "STANDALONE" }', "speculation.model is missing: draft model drafts"),
        (SGLANG + 'speculation = { method = "EAGLE" }', 'or say method = "mtp" where it is the model\'s own layer'),
        (SGLANG + 'speculation = { method = "EAGLE3" }', "speculation.model is missing: EAGLE-3 drafts"),
        (SGLANG + 'speculation = { method = "--x" }', "speculation.method '--x' is no method's name"),
        (LLAMACPP + 'speculation = { method = "a --model b" }', "is no method's name"),
        (VLLM + "speculation = { min_acceptance_length = 3 }", "cannot be reached with 1 tokens a draft"),
        (
            LLAMACPP + 'speculation = { method = "eagle3", model = "d" }\nflags = { -md = "e" }',
            "flags.-md: say it by the table speculation",
        ),
        (
            LLAMACPP + 'compose_file = "c"\nspeculation = { method = "eagle3", model = "d" }',
            "give the path inside the container",
        ),
        *(
            (LLAMACPP + f'compose_file = "c"\n{keys}', "white space, at which the compose file's command would be cut")
            for keys in (
                'flags = { threads = "4 --model /other.gguf" }',
                'flags = { "threads 4 --model" = "x" }',
                'flags = { numa = "a\\t--model" }',
                "flags = { chat-template-kwargs = { a = 1, b = 2 } }",
                'served_name = "m --model x"',
                'weights = "w --model x"',
                'speculation = { method = "eagle3", model = "/d --model x" }',
            )
        ),
        (VLLM + "flags = { max-num-seqs = 1, max_num_seqs = 2 }", "flags.max_num_seqs and flags.max-num-seqs are one"),
        (LLAMACPP + "flags = { -c = 4096, ctx-size = 4096 }", "flags.ctx-size and flags.-c are one flag"),
        (VLLM + "flags = { max-model-len = 768 }", "max_tokens 768 leaves no room for a prompt in the 768 tokens"),
        (LLAMACPP + "sampling = { repetition_penalty = 1.05 }", "llama.cpp ignores repetition_penalty"),
        (LLAMACPP + 'served_name = "a, b"', "takes 'a, b' for several names"),
        (VLLM + YARN, "yarn is switched by the length that is served: set flags.max-model-len"),
        (LLAMACPP + YARN, "set flags.ctx-size to a number"),
        (VLLM + YARN + "flags = { max-model-len = 131073 }", "serves 131073 tokens a request, and yarn reaches 131072"),
        (
            VLLM + "yarn = { factor = 4.0, native_length = 32768 }\nflags = { max-model-len = 32768 }",
            "yarn.rope_theta is missing",
        ),
        *(
            (
                VLLM + YARN + f"flags = {{ max-model-len = 1024, hf-overrides = {value} }}",
                "flags.hf-overrides must be a",
            )
            for value in ('"{}"', "{ rope_scaling = {} }", "{ text_config = { rope_parameters = {} } }")
        ),
    ],
)
def test_a_contradiction_is_an_error_that_names_the_keys(tmp_path: Path, keys: str, message: str) -> None:
    with pytest.raises(UsageError, match="profile 'p': ") as caught:
        load(tmp_path, keys)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        *((VLLM, name) for name in ("speculative_config", "speculative-config.method", "speculative_config.x_y")),
        *((VLLM, name) for name in ("-sc", "sc", "-sc.method", "spec-method", "spec_model", "spec-tokens", "specu")),
        *((VLLM, name) for name in ("--speculative-config={}", "spec-t")),
        *((LLAMACPP, name) for name in ("spec-type", "spec-default", "-md", "spec-draft-hf")),
    ],
)
def test_speculation_is_said_by_its_table_however_it_is_spelt(tmp_path: Path, backend: str, name: str) -> None:
    with pytest.raises(UsageError, match="say it by the table speculation"):
        load(tmp_path, f'{backend}flags = {{ "{name}" = "x" }}')


def test_a_draft_model_can_stand_beside_the_table_that_says_it(tmp_path: Path) -> None:
    load(tmp_path, LLAMACPP + 'mtp = { method = "draft-simple", tokens = 4 }\nflags = { -md = "d.gguf" }')


@pytest.mark.parametrize(
    ("backend", "name", "message"),
    [
        (VLLM, "config", "a file of flags hides what is served"),
        (VLLM, "served", "the suite sets --served-model-name itself"),
        (VLLM, "hos", "the suite sets --host itself"),
        (VLLM, "por", "the suite sets --port itself"),
        (VLLM, "max-model", "vLLM takes it for --max-model-len: write that"),
        (VLLM, "hf_over", "vLLM takes it for --hf-overrides: write that"),
        (VLLM, "hf-token", "is a secret"),
        (VLLM, "hf-tok", "is a secret"),
        (VLLM, "api_k", "is a secret"),
        (VLLM, "ssl-keyfile-password", "is a secret"),
        (LLAMACPP, "-hft", "is a secret"),
        (LLAMACPP, "api-key-file", "is a secret"),
        (LLAMACPP, "gpt-oss-20b-default", "changes which model is served or how it is reached"),
        (LLAMACPP, "embd-m-1.5b-default", "changes which model"),
        (LLAMACPP, "fim-qwen-7b-spec", "changes which model"),
        (LLAMACPP, "api-prefix", "how it is reached"),
        (LLAMACPP, "ssl-key-file", "how it is reached"),
        (LLAMACPP, "models-dir", "changes which model"),
        (LLAMACPP, "models-preset", "changes which model"),
        (VLLM, "disable_log_stats", "takes away its counters"),
        (VLLM, "grpc", "another protocol than OpenAI's"),
        (VLLM, "headless", "starts no server"),
        *((backend, "-h", "flags.-h starts no server") for backend in (VLLM, SGLANG, LLAMACPP)),
        (SGLANG, "grpc", "another protocol than OpenAI's"),
        (SGLANG, "smg-grpc-mode", "another protocol than OpenAI's"),
        (SGLANG, "is-embedding", "in place of replies"),
        (SGLANG, "speculative-accept-threshold-single", "drafts accepted that the model would not have written"),
        (SGLANG, "speculative-accept-threshold-ac", "drafts accepted that the model would not have written"),
        *((LLAMACPP, name, "in place of replies") for name in ("embedding", "embeddings", "rerank", "--reranking")),
        *((LLAMACPP, name, "starts no server") for name in ("help", "version", "list-devices")),
        (VLLM, "", "is no flag's name"),
        (VLLM, "--", "is no flag's name"),
        (VLLM, "a\\u0000b", "is no flag's name"),
    ],
)
def test_a_flag_that_changes_what_is_measured_or_tells_a_secret_is_refused(
    tmp_path: Path, backend: str, name: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, f'{backend}flags = {{ "{name}" = "x" }}')

    assert message in str(caught.value)


@pytest.mark.parametrize(
    "flags",
    [
        'ssl-keyfile = "k"',
        '"compilation-config.a" = 1, "compilation-config.b" = 2',
        '"hf-overrides.x" = 1',
        "-tp = 2, -O3 = true, -n = 1",
        "seed = -1",
        'x = "-1.5"',
    ],
)
def test_what_only_resembles_them_is_taken(tmp_path: Path, flags: str) -> None:
    load(tmp_path, f"{VLLM}flags = {{ {flags} }}")


@pytest.mark.parametrize(("thinking", "switched"), [("off", "true"), ("on", "false"), ("preserved", "false")])
def test_a_transform_that_switches_thinking_may_not_gainsay_the_profile(
    tmp_path: Path, thinking: str, switched: str
) -> None:
    injected = f'{{ name = "inject_chat_template_kwargs", enable_thinking = {switched} }}'

    with pytest.raises(UsageError, match=f'enable_thinking = {switched}, and thinking = "{thinking}"'):
        load(tmp_path, f'{VLLM}thinking = "{thinking}"\ntransforms = ["strip_code_fences", {injected}]\n')


@pytest.mark.parametrize("names", [("-tp", "tensor_parallel_size"), ("-q", "quantization"), ("-O3", "-O")])
def test_vllm_s_short_names_are_the_long_ones(tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="are one flag: keep one"):
        load(tmp_path, f'{VLLM}flags = {{ "{names[0]}" = 1, "{names[1]}" = 1 }}')


@pytest.mark.parametrize("name", ["hf-overrides.rope_theta", "hf_overrides.x", "--hf-overrides.x"])
def test_a_key_of_hf_overrides_alone_is_refused_beside_yarn(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"beside yarn, which sets some too, write flags\.hf-overrides as a table"):
        load(tmp_path, f'{VLLM}{YARN}flags = {{ max-model-len = 65536, "{name}" = 1 }}')


@pytest.mark.parametrize("key", ["weights", "image", "executable", "served_name", "python"])
@pytest.mark.parametrize(("value", "message"), [("--x", "begins with a dash"), ("a\\u0000", "has a NUL character")])
def test_no_path_or_name_is_taken_for_a_flag(tmp_path: Path, key: str, value: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"{key} .*{message}|{key} {message}"):
        load(tmp_path, f'{VLLM}{key} = "{value}"')


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('flags = { x = "--port" }', "flags.x: its value '--port' would be taken for a flag"),
        ('flags = { x = ["a", "-sc"] }', "flags.x: its value '-sc' would be taken for a flag"),
        ('flags = { x = "a\\u0000" }', "flags.'x' has a NUL character"),
        ('flags = { x = "http://u:p@h" }', "flags.x has an address with credentials"),
        ('flags = { "x=http://u:p@h" = true }', "has an address with credentials"),
        ('environment = { "" = "x" }', "environment.'': a variable has a name"),
        ('environment = { "A=B" = "x" }', "environment.'A=B': a variable has a name without '='"),
        ('environment = { A = "x\\u0000" }', "environment.'A': a variable has"),
        ('environment = { HTTPS_PROXY = "http://u:p@h:1" }', "environment.HTTPS_PROXY looks like a secret"),
        ('environment = { DB_PASS = "x" }', "environment.DB_PASS looks like a secret"),
        ("sampling = { temperature = inf }", "has inf, which is no finite number: correct p.sampling.temperature"),
        ("sampling = { temperature = nan }", "has nan, which is no finite number: correct p.sampling.temperature"),
        ("request_timeout_s = inf", "has inf, which is no finite number: correct p.request_timeout_s"),
    ],
)
def test_values_that_no_run_can_use_or_should_show_are_refused(tmp_path: Path, keys: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, VLLM + keys)

    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["a/b", "../p", "a b", ".p", "a,b", "-p"])
def test_a_name_must_do_as_a_folder_s(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="its name is one of a folder too"):
        load(tmp_path, VLLM, name)


def test_replay_is_taken(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--profile replay means something else"):
        load(tmp_path, VLLM, "replay")


def test_a_flag_of_no_kind_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, VLLM + "flags = { a = [[1]] }")

    assert str(caught.value) == (
        "family.toml: profile 'p': flags.a: takes true, false, a number, a string, a list of numbers and strings, or "
        "a table"
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("mtp = { token = 1 }", "unknown key 'speculation.token': did you mean 'tokens'"),
        (YARN.replace("rope_theta", "theta"), "unknown key 'yarn.theta': did you mean 'rope_theta'"),
        ("embedded = { faults = { http_42 = 0.1 } }", "embedded.faults.http_42"),
        ("flag = { a = 1 }", "unknown key 'flag': did you mean 'flags'"),
    ],
)
def test_an_unknown_key_of_a_nested_table_names_the_nearest(tmp_path: Path, keys: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, VLLM + keys)

    assert message in str(caught.value)
