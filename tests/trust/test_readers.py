"""Every reader takes good files, and of changed ones says in a short line what is wrong with which, soon."""

import random

import pytest

pytest.importorskip("resource", reason="memory is measured as POSIX systems do")

from dancelift.formats import keypoints, labels, motion
from dancelift.formats.source import Source
from trust.mutations import mutate
from trust.readers import READERS
from trust.verdict import judge

pytestmark = [pytest.mark.trust, pytest.mark.filterwarnings("ignore")]

N_CHANGED = 40  # of each reader
N_CUT = 12


@pytest.fixture(scope="module", params=READERS, ids=lambda reader: reader.name)
def reader(request):
    for module in request.param.needs:
        pytest.importorskip(module)
    return request.param


@pytest.fixture(scope="module")
def good(reader):
    return reader.good()


def verdict_on(reader, folder, content):
    reader.prepare(folder).write_bytes(content)
    return judge(reader, folder)


def test_good_files_are_read(reader, good, tmp_path):
    assert good
    for what, content in good.items():
        verdict = verdict_on(reader, tmp_path, content)
        assert verdict.accepted and not verdict.fault, (what, verdict)


def test_changed_files_give_something_or_a_short_error_that_names_them(reader, good, tmp_path):
    chosen, suffix = random.Random(1), reader.file[reader.file.rindex(".") :]
    pool, n_tried = list(good.values()), 0
    while n_tried < N_CHANGED:
        content = mutate(chosen.choice(pool), suffix, chosen.randrange(2**31))
        if content is None or chosen.random() < 0.3:
            damaged = bytearray(chosen.choice(pool) or b"\0")
            for _ in range(chosen.choice((1, 2, 20))):
                damaged[chosen.randrange(len(damaged))] = chosen.choice((0, 255, chosen.randrange(256)))
            content = bytes(damaged)
        pool.append(content)
        n_tried += 1
        verdict = verdict_on(reader, tmp_path, content)
        assert not verdict.fault, verdict


def test_files_that_end_early_give_something_or_a_short_error_that_names_them(reader, good, tmp_path):
    for content in good.values():
        for i in range(N_CUT):
            verdict = verdict_on(reader, tmp_path, content[: i * len(content) // N_CUT])
            assert not verdict.fault, verdict


def test_a_folder_or_nothing_in_the_place_of_a_file(reader, tmp_path):
    place = reader.prepare(tmp_path)
    place.unlink(missing_ok=True)
    if not reader.opens and reader.name != "list of clips":  # whose clips may be missing: each says so by itself
        assert not judge(reader, tmp_path).accepted
    place.mkdir()
    assert not judge(reader, tmp_path).fault.startswith(("Type", "Attribute", "Key", "Index", "Value"))


@pytest.mark.parametrize("known", [*keypoints.FORMATS, *motion.FORMATS], ids=lambda known: known.name)
def test_every_format_has_a_seed(known, tmp_path):
    """So that a new format is fuzzed too."""
    exempt = {"sleap": "h5py", "deeplabcut": "h5py", "c3d": "ezc3d"}
    if known.name in exempt:
        pytest.importorskip(exempt[known.name])
    kind = "keypoints" if known in keypoints.FORMATS else "motion"
    for reader in READERS:
        if not reader.name.startswith(kind) or (reader.needs and known.name not in exempt):
            continue
        for content in reader.good().values():
            reader.prepare(tmp_path).write_bytes(content)
            if known.recognises(Source(reader.opened(tmp_path))):
                return
    pytest.fail(f"{known.name}: no reader in trust/readers.py has a seed of it")


def test_every_format_of_labels_has_a_reader():
    assert {f"labels {suffix}" for suffix in labels.FORMATS} <= {reader.name for reader in READERS}
