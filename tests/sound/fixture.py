"""``sound_rig``: import it into a test file to have a sound server of one's own."""

from collections.abc import Iterator

import pytest

from tests.sound.rig import SoundRig


@pytest.fixture(scope="module")
def sound_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundRig]:
    with SoundRig(tmp_path_factory.mktemp("sound")) as rig:
        yield rig
