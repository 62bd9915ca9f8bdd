"""Ids are made as short as they can be told apart."""

from hypothesis import given
from hypothesis import strategies as st

from paramdyn_tui.tui.widgets.run_list.short_ids import common_start, fitted_id, short_ids

STEMS = st.sampled_from(["lenet-sgd-s0", "lenet-sgd-s1", "lenet-sgd-s0-abcd", "a"])
HASHES = st.text("0123456789abcdef", min_size=8, max_size=8) | st.sampled_from(
    ["abcd0000", "abcd0001", "abcdef00"]
)
IDS = st.builds(lambda stem, digits, number: f"{stem}-{digits}{number}", STEMS, HASHES,
                st.sampled_from(["", "-2", "-3"])) | STEMS | st.just("my run")  # fmt: skip


@given(st.lists(IDS, max_size=12, unique=True))
def test_short_names_differ_and_begin_as_the_ids_do(names):
    short = short_ids(names)
    assert set(names) == set(short)
    assert len(names) == len(set(short.values()))
    assert all(len(each) <= len(name) for name, each in short.items())


def test_hashes_go_where_nothing_else_clashes():
    names = ["lenet-s0-0123abcd", "lenet-s1-0123abcd", "vgg-s0-aaaa1111", "vgg-s0-bbbb1111", "mine"]
    assert ["lenet-s0", "lenet-s1", "vgg-s0-aaaa", "vgg-s0-bbbb", "mine"] == list(
        short_ids(names).values()
    )
    close = ["vgg-s0-aaaa1111", "vgg-s0-aaaa1211", "vgg-s0-aaaa1111-2"]
    assert ["vgg-s0-aaaa1111", "vgg-s0-aaaa1211", "vgg-s0-aaaa1111-2"] == list(
        short_ids(close).values()
    )


def test_what_all_begin_with_is_whole_parts():
    assert "lenet-digits-" == common_start(["lenet-digits-sgd", "lenet-digits-some"])
    assert "" == common_start(["lenet-digits-sgd"])
    assert "" == common_start(["lenet-digits", "vgg"])
    assert "" == common_start([])


def test_an_id_is_fitted_without_what_all_share_and_without_its_middle():
    assert "lenet-sgd-s0" == fitted_id("lenet-sgd-s0", "", 12)
    assert "…sgd-s0" == fitted_id("lenet-sgd-s0", "lenet-", 12)
    assert "le…-s0" == fitted_id("lenet-sgd-s0", "", 6)
