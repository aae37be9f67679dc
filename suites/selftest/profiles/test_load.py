"""Profiles by name."""

import json
from pathlib import Path

import pytest
from servecheck.errors import UnknownName, UsageError
from servecheck.profiles.load import external_profile, load_profile, outdated_keys, profile_names
from servecheck.profiles.schema import Profile, SpeculativeDecoding


def write(directory: Path, text: str, name: str = "family.toml") -> Path:
    (directory / name).write_text(text, encoding="utf-8")
    return directory


@pytest.mark.parametrize("name", profile_names())
def test_every_packaged_profile_loads(name: str) -> None:
    assert load_profile(name).name == name


def test_the_reference_profile_is_the_embedded_server_on_the_starter_problems() -> None:
    profile = load_profile("reference")

    assert (profile.backend, profile.problems, profile.margin) == ("embedded", "starter", 10.0)


def test_an_unknown_profile_is_an_error_that_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="unknown profile 'referense': did you mean reference"):
        load_profile("referense")


def test_extends_merges_nested_tables_and_replaces_the_rest(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        [base]
        model = "m"
        concurrency = 4
        sampling = { temperature = 0.7, seed = 1 }
        [middle]
        extends = "base"
        sampling = { seed = 2 }
        """,
    )
    write(tmp_path, '[leaf]\nextends = "middle"\nconcurrency = 8', "other.toml")

    leaf = load_profile("leaf", tmp_path)

    assert (leaf.name, leaf.model, leaf.concurrency) == ("leaf", "m", 8)
    assert (leaf.sampling.temperature, leaf.sampling.seed) == (0.7, 2)
    assert load_profile("base", tmp_path).sampling.seed == 1


def test_extending_an_unknown_profile_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, '[base]\nmodel = "m"\n[leaf]\nextends = "bsae"')

    with pytest.raises(
        UnknownName, match=r"^family\.toml: profile 'leaf' extends an unknown profile 'bsae': did you mean base"
    ):
        load_profile("leaf", tmp_path)


def test_extending_in_a_circle_is_an_error_that_shows_it(tmp_path: Path) -> None:
    write(tmp_path, '[a]\nextends = "b"\n[b]\nextends = "a"')

    with pytest.raises(UsageError, match="a -> b -> a"):
        load_profile("a", tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("concurency = 4", "profile 'p': unknown key 'concurency': did you mean 'concurrency'"),
        ("extend = 'q'", "profile 'p': unknown key 'extend': did you mean 'extends'"),
        ("max_model_len = 8192", "unknown key 'max_model_len': did you mean 'model'? (a flag of the engine goes"),
        ("sampling = { temprature = 1.0 }", "unknown key 'sampling.temprature': did you mean 'temperature'"),
        ("embedded = { latency = 1.0 }", "unknown key 'embedded.latency': did you mean 'latency_s'"),
        ("sampling = { zzz = 1 }", "unknown key 'sampling.zzz': there are: frequency_penalty, max_tokens"),
        ("name = 'p'", "its table's header is its name"),
    ],
)
def test_an_unknown_key_is_an_error_that_names_profile_key_and_nearest(tmp_path: Path, line: str, message: str) -> None:
    write(tmp_path, f'[p]\nmodel = "m"\n{line}')

    with pytest.raises(UsageError) as caught:
        load_profile("p", tmp_path)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("concurrency = 0", "concurrency: Input should be greater than 0, not 0"),
        ("concurrency = '4'", "concurrency: Input should be a valid integer, not '4'"),
        ("backend = 'vlm'", "backend: Input should be"),
        ("sampling = { top_p = 2 }", "sampling.top_p: "),
    ],
)
def test_a_wrong_value_is_an_error_that_names_profile_and_key(tmp_path: Path, line: str, message: str) -> None:
    write(tmp_path, f'[p]\nmodel = "m"\n{line}')

    with pytest.raises(UsageError, match=r"^family\.toml: profile 'p': ") as caught:
        load_profile("p", tmp_path)

    assert message in str(caught.value)


def test_of_ones_own_file_an_error_names_that(tmp_path: Path) -> None:
    (toml := tmp_path / "mine.toml").write_text('[mine]\nextends = "reference"\nconcurrency = 0')
    (conf := tmp_path / "mine.conf").write_text("[replay]\nMODEL=m.gguf\n")

    with pytest.raises(UsageError, match=r"^mine\.toml: profile 'mine': concurrency: "):
        load_profile("mine", extra=toml)
    with pytest.raises(UsageError, match=r"^mine\.conf: profile 'replay': .*means something else"):
        load_profile("replay", extra=conf)


def test_a_missing_model_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "[p]\nconcurrency = 4")

    with pytest.raises(UsageError, match=r"profile 'p': model: Field required$"):
        load_profile("p", tmp_path)


@pytest.mark.parametrize("text", ["[p", "model = 'm'", "[p]\nmodel = 'a'\n[p]\nmodel = 'b'"])
def test_a_broken_file_is_an_error_that_names_it(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)

    with pytest.raises(UsageError, match=r"family\.toml"):
        profile_names(tmp_path)


def test_one_name_in_two_files_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "[p]", "a.toml")
    write(tmp_path, "[p]", "b.toml")

    with pytest.raises(UsageError, match=r"'p' is in a\.toml and in b\.toml"):
        profile_names(tmp_path)


@pytest.mark.parametrize(
    ("model", "name"),
    [("zai-org/GLM-4.7-FP8", "GLM-4.7-FP8"), ("/models/glm v2/", "glm-v2"), ("..", "external"), ("m", "m")],
)
def test_an_external_profile_is_named_after_its_model(model: str, name: str) -> None:
    profile = external_profile("http://host:8000/v1/", model)

    assert (profile.name, profile.request_model) == (name, model)
    assert (profile.backend, profile.base_url, profile.problems) == (
        "external",
        "http://host:8000/v1",
        "humaneval-plus",
    )


def test_an_external_profile_needs_a_usable_address() -> None:
    with pytest.raises(UsageError):
        external_profile("host:8000", "m")


def test_mtp_and_speculation_are_one_key_whichever_a_profile_or_its_parent_has(tmp_path: Path) -> None:
    (tmp_path / "family.toml").write_text(
        '[old]\nmodel = "m"\nbackend = "vllm"\nmtp = { tokens = 2 }\n'
        '[new]\nextends = "old"\nspeculation = { min_acceptance_length = 1.5 }\n'
        '[newer]\nextends = "new"\nmtp = { tokens = 3 }\n'
        '[other]\nextends = "old"\nspeculation = { method = "eagle3", model = "d" }\n'
    )

    assert load_profile("old", tmp_path).speculation == SpeculativeDecoding(tokens=2)
    assert load_profile("new", tmp_path).speculation == SpeculativeDecoding(tokens=2, min_acceptance_length=1.5)
    assert load_profile("newer", tmp_path).speculation == SpeculativeDecoding(tokens=3, min_acceptance_length=1.5)
    assert load_profile("other", tmp_path).speculation == SpeculativeDecoding(method="eagle3", model="d", tokens=2)


def test_a_stored_profile_of_before_is_read() -> None:
    stored = Profile(name="p", model="m", speculation=SpeculativeDecoding(tokens=2)).model_dump()
    drafted = stored.pop("speculation")

    assert Profile.model_validate(stored | {"mtp": drafted}).speculation == SpeculativeDecoding(tokens=2)
    assert Profile.model_validate(stored | {"mtp": None}).speculation is None


class TestTheMarginsOldName:
    def test_it_is_read_as_the_margin_and_said_in_one_line(self, tmp_path: Path) -> None:
        own = tmp_path / "own.toml"
        own.write_text('[mine]\nextends = "reference"\ndelta = 3\n')

        assert load_profile("mine", extra=own).margin == 3.0  # and not the one of the profile that it extends
        assert outdated_keys(own) == "own.toml: delta is called margin now; profile mine: read as that, rename it"

    def test_under_both_names_it_is_an_error(self, tmp_path: Path) -> None:
        own = tmp_path / "own.toml"
        own.write_text('[mine]\nextends = "reference"\ndelta = 3\nmargin = 3\n')

        with pytest.raises(UsageError, match="profile 'mine': delta is the old name of margin, and both are there"):
            load_profile("mine", extra=own)

    @pytest.mark.parametrize("text", ['[mine]\nextends = "reference"\nmargin = 3\n', ""])
    def test_nothing_is_said_of_a_file_without_it(self, tmp_path: Path, text: str) -> None:
        own = tmp_path / "own.toml"
        own.write_text(text)

        assert outdated_keys(own) == outdated_keys(None) == ""

    def test_runs_that_are_stored_have_it(self) -> None:
        stored = {"name": "p", "model": "m", "delta": 10.0}

        assert Profile.model_validate(stored).margin == 10.0
        with pytest.raises(ValueError, match="both are there"):
            Profile.model_validate({**stored, "margin": 10.0})


BOM = b"\xef\xbb\xbf"


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(BOM + b'[mine]\r\nmodel = "m"\r\n')

    assert load_profile("mine", tmp_path).model == "m"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('[mine]\nmodel = "m"'.encode("utf-16"), r"own\.toml is UTF-16 text: save it as UTF-8"),
        (b'[mine]\nmodel = "\xff"', r"own\.toml is no UTF-8 text \(byte 16\): save it as UTF-8"),
        (b"[mine]\nmodel = " + b"[" * 100_000, r"own\.toml has lists or tables too deep in one another"),
        (b"[mine]\nextra_body" + b".a" * 2000 + b" = 1", r"own\.toml has lists or tables too deep in one another"),
        (b"[mine]\nconcurrency = 1" + b"0" * 5000, r"own\.toml is no TOML: .*digits"),
        (b"[mine]\nconcurrency = 1" + b"0" * 30, r"own\.toml has a number of more than 64 bits"),
        (b"[mine]\nextra_body.a = [nan]", r"own\.toml has nan, which is no finite number"),
        (
            b"[mine]\nextra_body.a = 2026-01-01",
            r"own\.toml has a date or time, which no setting takes: put mine\.extra_body\.a into",
        ),
    ],
)
def test_a_file_that_nobody_means_is_refused_in_a_line(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "own.toml").write_bytes(data)

    with pytest.raises(UsageError, match=message) as caught:
        load_profile("mine", tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "pair", [["<plan>"], ["<plan>", "<PLAN>"], ["", "x"], ["a\nb", "x"], [" x", "y"], ["x" * 65, "y"]]
)
def test_a_pair_that_cannot_mark_reasoning_is_refused_in_words(pair: list[str], tmp_path: Path) -> None:
    write(tmp_path, f'[p]\nmodel = "m"\nbase_url = "http://h/v1"\nreasoning_markers = {json.dumps([pair])}\n')

    with pytest.raises(UsageError, match="a pair is an opening mark and another one that closes"):
        load_profile("p", tmp_path)


def test_a_published_template_that_there_is_none_of_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    write(tmp_path, '[p]\nmodel = "m"\nbase_url = "http://h/v1"\npublished_template = "glm48"\n')

    with pytest.raises(UsageError, match=r"profile 'p'.*published_template.*unknown chat template 'glm48'.*glm47"):
        load_profile("p", tmp_path)
