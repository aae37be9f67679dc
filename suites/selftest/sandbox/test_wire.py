"""The canonical text of results: what a program returned is what the host gets, and hostile text is refused."""

import base64
import collections
import decimal
import enum
import json
import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.sandbox.runner.encoding import MAX_DEPTH, Unserialisable, encode
from servecheck.sandbox.wire import Large, Malformed, Subclass, decode, parse_result

_TWO_53 = 1 << 53
_FLOATS = st.floats() | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324])
_INTS = (
    st.integers()
    | st.integers(-(1 << 3000), 1 << 3000)
    | st.sampled_from([_TWO_53 - 1, _TWO_53, _TWO_53 + 1, -_TWO_53, -_TWO_53 - 1, 1 << 511, 1 << 512, -(1 << 512)])
)
_SURROGATES = st.integers(0xD800, 0xDFFF).map(chr)
_TEXTS = st.text(max_size=8) | st.text(_SURROGATES | st.sampled_from("a😀\\u\x00"), max_size=4)
_HASHABLE_ATOMS = st.none() | st.booleans() | _INTS | _FLOATS | _TEXTS | st.binary(max_size=8)
_ATOMS = (
    _HASHABLE_ATOMS
    | st.complex_numbers()
    | st.decimals()
    | st.fractions()
    | st.builds(bytearray, st.binary(max_size=4))
)
_HASHABLE = st.recursive(
    _HASHABLE_ATOMS,
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
_VALUES = st.recursive(
    _ATOMS | _HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.sets(_HASHABLE, max_size=4)
        | st.dictionaries(_HASHABLE, inner, max_size=3)
    ),
    max_leaves=12,
)
_LONG_NUMBERS = st.lists(_FLOATS | st.integers(_TWO_53 - 2, _TWO_53 + 2) | st.integers(-9, 9), min_size=60, max_size=90)
# Few atoms that are equal to one another under ==, so that pairs of values often differ in type or sign alone.
_CONFUSABLE = st.recursive(
    st.sampled_from([0, 0.0, -0.0, False, 1, 1.0, True, "1", b"1", 1 + 0j, None, math.nan, "😀", "\ud83d\ude00"]),
    lambda inner: st.lists(inner, max_size=2) | st.tuples(inner) | st.dictionaries(st.sampled_from([0, 1]), inner),
    max_leaves=4,
)


def identical(one: Any, other: Any) -> bool:
    """Of one type and value, NaN included, sign of zero included; sets in whatever order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return struct.pack(">d", one) == struct.pack(">d", other) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, complex):
        return identical(one.real, other.real) and identical(one.imag, other.imag)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, (set, frozenset)):
        return len(one) == len(other) and all(any(identical(left, right) for right in other) for left in one)
    if isinstance(one, dict):
        return identical(set(one), set(other)) and _same_items(one, other)
    if isinstance(one, decimal.Decimal):
        return str(one) == str(other)
    return bool(one == other)


def _same_items(one: dict[Any, Any], other: dict[Any, Any]) -> bool:
    return all(any(identical(pair, second) for second in other.items()) for pair in one.items())


def as_decoded(value: Any) -> Any:
    """``value`` with sets and byte arrays as the immutable types that stand for both."""
    if isinstance(value, (set, frozenset)):
        return frozenset(as_decoded(item) for item in value)
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, (list, tuple)):
        return type(value)(as_decoded(item) for item in value)
    if isinstance(value, dict):
        return {as_decoded(key): as_decoded(item) for key, item in value.items()}
    return value


class TestRoundTrip:
    @given(_VALUES)
    def test_value_and_type_survive(self, value: Any) -> None:
        assert identical(decode(encode(value)), as_decoded(value))

    @given(_LONG_NUMBERS)
    def test_long_lists_of_floats_and_ints_survive(self, value: list[float]) -> None:
        assert identical(decode(encode(value)), value)

    def test_a_long_list_of_floats_goes_out_as_doubles(self) -> None:
        assert encode([0.5] * 64).startswith('{"numbers"')
        assert encode([0.5] * 63) == str([0.5] * 63).replace(" ", "")

    def test_integers_just_above_what_a_double_holds_stay_exact_among_floats(self) -> None:
        value = [0.5] * 70 + [_TWO_53 + 1]

        assert decode(encode(value)) == value
        assert decode(encode(value))[-1] != _TWO_53

    @pytest.mark.parametrize(
        "value",
        [
            np.bool_(True),
            np.int8(-3),
            np.int64(-(1 << 62)),
            np.uint64((1 << 64) - 1),
            np.float16(0.5),
            np.float32(1.1),
            np.float64(-0.0),
            np.complex64(1 + 2j),
            np.complex128(complex(math.inf, -0.0)),
            np.str_("é\ud800"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_numpy_scalars_keep_their_type(self, value: Any) -> None:
        got = decode(encode(value))

        assert type(got) is type(value)
        assert got.tobytes() == value.tobytes()

    @pytest.mark.parametrize(
        ("value", "plain"),
        [
            (collections.UserList([1, [2]]), [1, [2]]),
            (collections.UserString("é"), "é"),
            (collections.UserDict({"a": 1}), {"a": 1}),
            (np.longdouble(0.5), 0.5),
            (np.longdouble(3), 3),
            (np.clongdouble(1 + 2j), 1 + 2j),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_stands_in_for_a_plain_type_is_equal_to_it_and_of_another_type(self, value: Any, plain: Any) -> None:
        got = decode(encode([value]))

        assert got == [plain]
        assert isinstance(got[0], Subclass)

    def test_a_stand_in_cannot_hold_something_else(self) -> None:
        class AlwaysEqual(list[int]):
            def __eq__(self, other: object) -> bool:
                return True

            __hash__ = None  # type: ignore[assignment]

        one = collections.UserList([1])
        one.data = AlwaysEqual()

        with pytest.raises(Unserialisable, match="a value of type UserList"):
            encode(one)

    @pytest.mark.parametrize("value", [np.longdouble(1) / 3, np.longdouble("1e400"), np.clongdouble(1) / 3])
    def test_a_wide_float_that_is_no_double_is_equal_to_nothing(self, value: Any) -> None:
        with pytest.raises(Unserialisable, match="a numpy value of dtype"):
            encode(value)

    @pytest.mark.parametrize("dtype", "bool int8 int16 int32 int64 uint8 uint32 uint64 float16 float32".split())
    @pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
    def test_numpy_arrays_keep_dtype_and_shape(self, dtype: str, shape: tuple[int, ...]) -> None:
        value = np.arange(math.prod(shape), dtype="int8").reshape(shape).astype(dtype)

        got = decode(encode(value))

        assert (got.dtype, got.shape) == (value.dtype, shape)
        assert np.array_equal(got, value)

    def test_numpy_arrays_of_floats_complex_and_text(self) -> None:
        for value in (np.linspace(0, 1, 200), np.array([1j, math.nan]), np.array([["a", "bcd"]]), np.array([], "U1")):
            got = decode(encode(value))

            assert got.dtype.kind == value.dtype.kind
            assert got.tolist() == value.tolist() or np.isnan(got[-1])

    def test_big_endian_arrays_decay_to_native_ones(self) -> None:
        assert encode(np.array([1.5], ">f8")) == encode(np.array([1.5]))


class Colour(enum.IntEnum):
    RED = 7


Point = collections.namedtuple("Point", "x y")


class Text(str):
    pass


class AlwaysEqualInt(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class AlwaysEqualList(list):  # type: ignore[type-arg]
    def __eq__(self, other: object) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter([1, 2, 3])

    def __len__(self) -> int:
        return 3


class TestSubclasses:
    @pytest.mark.parametrize(
        ("value", "plain"),
        [
            (collections.Counter("aab"), {"a": 2, "b": 1}),
            (collections.OrderedDict(b=1, a=2), {"a": 2, "b": 1}),
            (collections.defaultdict(list, {1: [2]}), {1: [2]}),
            (Point(1, [2.0]), (1, [2.0])),
            (Colour.RED, 7),
            (Text("é"), "é"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_decay_to_the_plain_value_but_not_to_its_type(self, value: Any, plain: Any) -> None:
        got = decode(encode(value))

        assert got == plain
        assert plain == got
        assert isinstance(got, Subclass)
        assert isinstance(got, type(plain))
        assert type(got) is not type(plain)

    def test_minus_zero_keeps_its_sign(self) -> None:
        class Length(float):
            pass

        assert math.copysign(1, decode(encode(Length(-0.0)))) == -1

    def test_an_overridden_eq_does_not_come_along(self) -> None:
        assert decode(encode(AlwaysEqualInt(3))) != 4
        assert decode(encode([AlwaysEqualInt(3)])) != [4]

    def test_overridden_iteration_does_not_change_the_value(self) -> None:
        assert decode(encode(AlwaysEqualList([9]))) == [9]

    def test_views_of_a_dict_are_sets(self) -> None:
        assert decode(encode({1: 2, 3: 4}.keys())) == {1, 3}
        assert decode(encode({1: 2}.items())) == {(1, 2)}

    def test_nested_sets_of_frozensets(self) -> None:
        value = {frozenset({1, frozenset({2.5})}), frozenset()}

        assert decode(encode(value)) == value


class TestCanonical:
    @given(_CONFUSABLE, _CONFUSABLE)
    def test_equal_text_means_equal_type_and_value_and_the_reverse(self, one: Any, other: Any) -> None:
        assert (encode(one) == encode(other)) == identical(one, other)

    @given(st.lists(_HASHABLE, max_size=6, unique=True), st.randoms())
    def test_order_of_sets_and_dicts_does_not_show(self, keys: list[Any], random: Any) -> None:
        shuffled = keys.copy()
        random.shuffle(shuffled)

        assert encode(dict.fromkeys(keys, 1)) == encode(dict.fromkeys(shuffled, 1))
        assert encode(set(keys)) == encode(set(shuffled))
        assert encode(set(keys)) == encode(frozenset(keys))

    @pytest.mark.parametrize("value", [1, 1.0, True])
    def test_types_that_compare_equal_have_different_texts(self, value: object) -> None:
        others = [
            other for other in (1, 1.0, True, np.float64(1), np.int64(1), 1 + 0j) if type(other) is not type(value)
        ]

        assert encode(value) not in [encode(other) for other in others]

    def test_surrogates_are_not_the_character_that_a_pair_of_them_stands_for(self) -> None:
        assert encode("😀") != encode("\ud83d\ude00")
        assert decode(encode(["\ud83d\ude00"])) == ["\ud83d\ude00"]

    @given(_VALUES)
    def test_text_is_ascii_and_never_begins_as_a_digest_does(self, value: Any) -> None:
        text = encode(value)

        assert text.isascii()
        assert not text.startswith("#")


class TestUnserialisable:
    @pytest.mark.parametrize(
        "value",
        [object(), (item for item in [1]), iter([1]), {1: 2}.values(), len, np.array([None]), np.datetime64(1, "D")],
        ids=lambda value: type(value).__name__,
    )
    def test_what_has_no_tag_is_refused_by_its_type_name(self, value: object) -> None:
        with pytest.raises(Unserialisable, match=r"type|dtype"):
            encode(value)

    @pytest.mark.parametrize("kind", ["list", "tuple", "dict"])
    def test_nesting_ends_at_the_stated_depth(self, kind: str) -> None:
        wrap = {"list": lambda value: [value], "tuple": lambda value: (value,), "dict": lambda value: {0: value}}[kind]
        value: Any = 1
        for _ in range(MAX_DEPTH):
            value = wrap(value)

        assert decode(encode(value)) == value
        with pytest.raises(Unserialisable, match="nested deeper"):
            encode(wrap(value))

    def test_a_value_that_holds_itself(self) -> None:
        value: list[Any] = []
        value.append(value)

        with pytest.raises(Unserialisable, match="nested deeper"):
            encode(value)


_TAGS = "int numbers tuple set dict bytes complex decimal fraction str scalar array sub".split()
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["int64", "float64", "U", "float16", "f0", "1E99", "-1", "AAAAAAAA8D8=", "00", "sNaN"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_TAGS), inner, max_size=1),
    max_leaves=15,
)


def refused(text: str) -> bool:
    try:
        decode(text)
    except Malformed:
        return True
    return False


class TestHostileText:
    @given(_JSON)
    @pytest.mark.filterwarnings("error")
    def test_any_json_is_a_value_or_malformed(self, node: Any) -> None:
        assert refused(json.dumps(node)) in (True, False)

    @given(st.sampled_from(_TAGS), _JSON)
    @pytest.mark.filterwarnings("error")
    def test_any_payload_of_a_tag_is_a_value_or_malformed(self, tag: str, payload: Any) -> None:
        assert refused(json.dumps({tag: payload})) in (True, False)

    @given(st.binary() | st.text().map(lambda text: text.encode("utf-8")))
    def test_any_bytes_are_a_value_or_malformed(self, data: bytes) -> None:
        assert refused(data.decode("utf-8", "replace")) in (True, False)

    @pytest.mark.parametrize(
        "node",
        [
            {},
            {"int": "1", "bytes": ""},
            {"object": 1},
            {"int": "g"},
            {"int": 5},
            {"set": [[1]]},
            {"dict": [[[1], 2]]},
            {"dict": [[1, 2, 3]]},
            {"bytes": "0"},
            {"fraction": [1, 0]},
            {"fraction": [1.5, 2]},
            {"fraction": ["1/3"]},
            {"decimal": "one"},
            {"scalar": ["object", 1]},
            {"scalar": ["datetime64[ns]", 1]},
            {"scalar": [["int64"], 1]},
            {"array": ["int64", [2], [1]]},
            {"array": ["int64", [1] * 33, [1]]},
            {"array": ["int8", [1], [300]]},
            {"array": ["int64", [1], ["1"]]},
            {"array": ["U", [1], [1]]},
            {"numbers": ["AAAA", []]},
            {"numbers": [base64.b64encode(struct.pack("<d", math.nan)).decode(), [0]]},
            {"numbers": [base64.b64encode(struct.pack("<d", 1.0)).decode(), [3]]},
            {"sub": ["Truth", True]},
            {"sub": ["Nothing", None]},
            {"str": "00"},
        ],
        ids=json.dumps,
    )
    def test_what_stands_for_no_value(self, node: Any) -> None:
        with pytest.raises(Malformed):
            decode(json.dumps(node))

    @pytest.mark.parametrize("text", ["", "[", "1 2", "[" * 100_000, "9" * 5000, '{"tuple":' * 5000, "nan", "#00"])
    def test_what_is_no_text_of_a_value(self, text: str) -> None:
        with pytest.raises(Malformed):
            decode(text)

    @pytest.mark.parametrize(
        "node",
        [
            pytest.param({"fraction": ["1e99999999"]}, id="a fraction from a long exponent"),
            pytest.param({"fraction": [{"decimal": "1E99999999"}]}, id="a fraction from a decimal"),
            pytest.param({"fraction": [{"int": "f" * 4_000_000}, {"int": "d" * 4_000_000}]}, id="a quadratic gcd"),
            pytest.param({"scalar": ["int64", {"decimal": "1E99999999"}]}, id="an integer from a long exponent"),
            pytest.param({"array": ["int64", [1], [{"decimal": "1E99999999"}]]}, id="the same in an array"),
            pytest.param({"array": ["U", [20_000], ["a" * 1_000_000] + [""] * 19_999]}, id="80 GB of padding"),
            pytest.param({"set": [k * ((1 << 61) - 1) for k in range(1, 60_000)]}, id="a set of colliding keys"),
            pytest.param({"dict": [[k * ((1 << 61) - 1), 0] for k in range(1, 60_000)]}, id="colliding dict keys"),
        ],
    )
    def test_what_would_cost_far_more_than_it_is_long(self, node: Any) -> None:
        with pytest.raises(Malformed):
            decode(json.dumps(node))


class TestLarge:
    def test_a_digest_is_parsed_and_written_alike(self) -> None:
        text = f'#{"0" * 64}:300:1:[1.5,"a:b:c"'

        large = parse_result(text)

        assert large == Large("0" * 64, 300, True, '[1.5,"a:b:c"')
        assert str(large) == text

    def test_short_results_are_themselves(self) -> None:
        assert parse_result('"#"') == '"#"'

    def test_a_digest_matches_its_text_only(self) -> None:
        large = Large("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", 5, False, "hello")

        assert large.matches("hello")
        assert not large.matches("hello ")

    def test_only_plain_text_is_a_string(self) -> None:
        assert Large("", 0, False, encode("x" * 999)[:120]).is_string
        assert not Large("", 0, False, encode(Text("x" * 999))[:120]).is_string
