"""The doctor names what is missing and the exact remedy."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from alerting.service.plan_file import how_to_reach
from alerting.words import load_words
from monitor.commands.doctor import row
from monitor.daemon.shown_commands import typed
from monitor.doctor import examine
from monitor.doctor.examine import DoctorFinding
from monitor.settings import load
from probes import host
from probes.host.kernel_clock_linux import ClockState
from probes.linux.sound_server import Session

ENGLISH = load_words("en")


def doctor(folder: Path, *more: str, **environment: str) -> tuple[int, dict[str, dict[str, object]]]:
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "doctor", "--json", "--config", str(folder), *more],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert done.stdout, done.stderr
    return done.returncode, {row["subject"]: row for row in json.loads(done.stdout)}


def said(finding: DoctorFinding) -> str:
    return str(row(finding, ENGLISH)["remedy"])


def test_a_plan_that_reaches_nobody_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    code, found = doctor(tmp_path)
    assert code == 1
    assert found["plan"]["found"] == "it reaches nobody"
    setup = f"Run `{typed('setup', tmp_path)}`"
    assert str(found["plan"]["remedy"]).startswith(f"{setup}; or copy ")
    (tmp_path / "plan.toml").write_text("")
    assert doctor(tmp_path)[1]["plan"]["remedy"] == (
        f"{setup}, or write contacts with channels in {tmp_path}/plan.toml."
    )


def test_a_plan_whose_contacts_no_chain_calls_is_named(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    (tmp_path / "plan.toml").write_text('[contacts.li]\nname = "Li"\nchannels = ["json://127.0.0.1:9"]\n')
    code, found = doctor(tmp_path)
    assert code == 1
    assert "[chains.default]" in str(found["plan"]["found"])
    assert str(found["plan"]["remedy"]).endswith(f"roomwatch plan check --config {tmp_path}")
    assert found["configuration"]["found"] == f"{tmp_path}/roomwatch.toml"


def test_a_missing_secret_is_named_and_not_its_value(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    plan = '[contacts.li]\nname = "Li"\nchannels = [{ env = "RW_NO_SUCH" }, { env = "RW_SECRET" }]\n'
    (tmp_path / "plan.toml").write_text(plan)
    _, found = doctor(tmp_path, RW_SECRET="json://s3cr3t.invalid")
    assert "RW_NO_SUCH" in str(found["plan"]["found"])
    assert "s3cr3t" not in json.dumps(found)


def test_a_file_in_the_place_of_the_state_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "state").write_text("")
    for place in (tmp_path / "state", tmp_path / "state" / "below"):
        monkeypatch.setenv("STATE_DIRECTORY", str(place))
        assert examine._state(load()).found.code == "cannot_be_written"
    (tmp_path / "state").unlink()
    assert examine._state(load()).ok


@pytest.mark.parametrize("overlay", [False, True])
def test_keys_in_a_plan_that_every_user_may_read_are_told_of(tmp_path: Path, overlay: bool) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    (tmp_path / "plan.d").mkdir()
    file, other = tmp_path / "plan.toml", tmp_path / "plan.d" / "it.toml"
    if overlay:
        file, other = other, file
    file.write_text('[contacts.li]\nname = "Li"\nchannels = ["mailtos://u:s3cr3t@mail.invalid"]\n')
    other.write_text("")
    other.chmod(0o640)
    file.chmod(0o644)
    _, found = doctor(tmp_path)
    assert not found["plan_keys"]["ok"]
    assert str(found["plan_keys"]["remedy"]).startswith(f"sudo chmod o-rwx {file};")
    assert "s3cr3t" not in json.dumps(found)
    file.chmod(0o640)
    assert doctor(tmp_path)[1]["plan_keys"]["ok"]
    file.write_text('[contacts.li]\nname = "Li"\nchannels = ["json://127.0.0.1:9"]\n')
    assert "plan_keys" not in doctor(tmp_path)[1]


def test_a_sound_server_named_in_the_configuration_must_be_there(tmp_path: Path) -> None:
    place = tmp_path / "native"
    settings = f'state = "{tmp_path}/state"\n[probes.microphone.session]\nserver = "unix:{place}"\n'
    (tmp_path / "roomwatch.toml").write_text(settings)
    _, found = doctor(tmp_path)
    assert not found["sound_server"]["ok"]
    assert str(place) in str(found["sound_server"]["found"])
    place.touch()
    _, found = doctor(tmp_path)
    assert found["sound_server"]["found"] == str(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_without_a_session_part_a_service_is_told_how_to_see_who_holds_a_device() -> None:
    work = (
        "import os; from pathlib import Path; from monitor.doctor.examine import _others;"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        "blind = _others(Path('/proc'), {}); told = _others(Path('/proc'), {1000: Path('/run/x/1000.sock')});"
        "print(blind.ok, told.ok, blind.remedy.values['enable'])"
    )
    done = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("False True ")
    assert done.stdout.endswith("roomwatch session enable\n")


def test_every_wrong_finding_has_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    _, found = doctor(tmp_path)
    assert [name for name, row in found.items() if not row["ok"] and not row["remedy"]] == []


def test_the_doctor_speaks_the_reader_s_language(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\nroom.language = "zh-CN"\n')
    (tmp_path / "plan.toml").write_text("")
    _, found = doctor(tmp_path)
    assert (found["plan"]["name"], found["plan"]["found"]) == ("预案", "通知不到任何人")
    assert str(found["plan"]["remedy"]).endswith(f"，或在 {tmp_path}/plan.toml 中写入联系人及其通知渠道。")
    assert doctor(tmp_path, "--language", "en")[1]["plan"]["found"] == "it reaches nobody"


def test_what_documents_need_is_named_as_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert examine.documents().ok, "the test's own packages are all there"
    missing = examine.documents(lambda name: None)
    assert not missing.ok
    assert said(missing).endswith("--no-install-recommends libpango-1.0-0 libpangoft2-1.0-0")
    (tmp_path / "fc-list").write_text("#!/bin/sh\n")
    (tmp_path / "fc-list").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said(examine.documents()).endswith("fonts-noto-cjk poppler-utils")


def test_a_room_without_sound_server_is_told_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    found = examine._sound_server(Session(), {}, run=tmp_path)
    assert (found.ok, "roomwatch session enable" in said(found)) == (False, True)


def test_where_a_shell_finds_no_roomwatch_its_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    place = Path(sys.executable).with_name("roomwatch")
    assert said(examine._sound_server(Session(), {}, run=tmp_path)).startswith(f"sudo {place} session enable USER")
    assert how_to_reach(tmp_path / "plan.toml").startswith(f"Type `{place} setup`")
    (tmp_path / "roomwatch").write_text("#!/bin/sh\n")
    (tmp_path / "roomwatch").chmod(0o755)
    assert said(examine._sound_server(Session(), {}, run=tmp_path)).startswith("sudo roomwatch session enable USER")
    assert how_to_reach(tmp_path / "plan.toml").startswith("Type `roomwatch setup`")


@pytest.mark.skipif(os.geteuid() != 0, reason="starts programs of another user")
def test_two_sound_servers_of_one_user_are_named_and_one_is_none_too_many() -> None:
    """Of a user who has no sound server: those of the tests' own user come and go."""
    started, counted = [], []
    try:
        for name in ("pulseaudio", "pipewire-pulse"):
            named = ["/bin/sh", "-c", f"printf {name} >/proc/$$/comm; echo; read -r end"]
            started.append(subprocess.Popen(named, user="nobody", stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            assert started[-1].stdout is not None
            started[-1].stdout.readline()
            counted.append([one for one in examine._rivals() if "nobody" in one.found.values.values()])
    finally:
        for one in started:
            one.communicate()
    assert [len(one) for one in counted] == [0, 1]
    assert str(row(counted[1][0], ENGLISH)["found"]).startswith("two sound servers run for")
    assert "mask --now pulseaudio.service" in said(counted[1][0])


@pytest.mark.parametrize(("kept", "ok"), [(True, True), (False, False)])
def test_a_clock_that_no_time_service_keeps_is_named_with_the_remedy(
    kept: bool, ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = ClockState(offset_seconds=0.0, bound_seconds=0.1, synchronised=kept)
    monkeypatch.setattr(host, "read_clock", lambda: state)
    found = examine.clock()
    assert (found.ok, "systemd-timesyncd" in said(found)) == (ok, not ok)


def test_a_kernel_that_tells_of_no_programs_end_is_named_with_what_it_costs(tmp_path: Path) -> None:
    """strace has the kernel answer as one before Linux 5.3 does."""
    forbid = ["strace", "--seccomp-bpf", "-f", "-qq", "-o", "/dev/null", "-e", "inject=pidfd_open:error=ENOSYS"]
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    (tmp_path / "plan.toml").write_text("")
    command = [sys.executable, "-m", "monitor.cli", "doctor", "--config", str(tmp_path)]
    done = subprocess.run([*forbid, *command], capture_output=True, text=True, timeout=60, check=False)
    assert "does not tell when a program ends" in done.stdout
    assert "15 s" in done.stdout
    plain = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "does not tell when a program ends" not in plain.stdout
