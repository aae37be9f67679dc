"""``inject_chat_template_kwargs``: what it may change of a request, and what not."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.transforms import TRANSFORMS, transform_chain

from suites.transforms.strategies import chat_requests, json_values, unknown_fields

pytestmark = pytest.mark.transforms

NAME = "inject_chat_template_kwargs"
variables = st.dictionaries(st.sampled_from(["enable_thinking", "clear_thinking", "x"]), json_values, max_size=3)
some_variables = variables.filter(bool)
own_values = st.none() | st.fixed_dictionaries({}, optional={"chat_template_kwargs": variables | st.none()})


def injected(body, kwargs, *, callers_win=False):
    return transform_chain([{"name": NAME, **kwargs, "callers_win": callers_win}]).request(body)[0]


@given(chat_requests(), own_values, some_variables, st.booleans())
def test_fields_that_are_not_named_are_untouched(body, own, kwargs, callers_win):
    body |= own or {}

    new = injected(body, kwargs, callers_win=callers_win)

    assert {**new, "chat_template_kwargs": 0} == {**body, "chat_template_kwargs": 0}


@given(chat_requests(), own_values, some_variables)
def test_the_profiles_values_are_there_whatever_the_caller_said(body, own, kwargs):
    body |= own or {}

    assert injected(body, kwargs)["chat_template_kwargs"] == {**(body.get("chat_template_kwargs") or {}), **kwargs}


@given(chat_requests(), own_values, some_variables)
def test_the_callers_values_stay_where_the_profile_says_so(body, own, kwargs):
    body |= own or {}

    new = injected(body, kwargs, callers_win=True)

    assert new["chat_template_kwargs"] == {**kwargs, **(body.get("chat_template_kwargs") or {})}


@given(chat_requests(), own_values, some_variables, st.booleans())
def test_twice_is_once(body, own, kwargs, callers_win):
    once = injected(body | (own or {}), kwargs, callers_win=callers_win)

    assert injected(once, kwargs, callers_win=callers_win) is once


@given(chat_requests(), st.integers() | st.text() | st.lists(st.integers()), some_variables)
def test_a_field_that_is_no_object_is_the_servers_business(body, wrong, kwargs):
    body["chat_template_kwargs"] = wrong

    assert injected(body, kwargs) is body


@given(chat_requests(), own_values, some_variables, st.sampled_from(sorted(set(TRANSFORMS) - {NAME})), unknown_fields)
def test_a_request_is_never_changed_in_place_and_never_by_a_transform_of_replies(body, own, kwargs, other, unknown):
    body |= {**(own or {}), **unknown}
    before = copy.deepcopy(body)

    injected(body, kwargs)

    assert body == before
    assert transform_chain([other]).request(body)[0] is body
