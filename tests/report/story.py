"""The story that the report's tests and its readers look at: a camera unplugged in a meeting, and nobody answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from alerting.delivery.contract import Outcome
from alerting.model.fault import Fault
from alerting.papers.report.case_file import CaseFile, Series, read_case
from alerting.plan.loading import load_plan
from alerting.plan.organisation import Shift
from alerting.plan.running_plan import RunningPlan
from alerting.workflows.backup import BackupPlan
from alerting.workflows.report import PostIncidentReport
from alerting.workflows.spare_requests import Logistics
from tests.alerting.stage import RUNNING, START, PlannedStage

PLAN = Path(__file__).parents[2] / "config" / "examples" / "plan.acme.toml"
CAMERA = Fault(
    room="R301",
    code="camera_missing",
    target="cam0",
    since=START - 12,
    evidence={"device": "/dev/video0", "present": False, "usb_port": "1-2", "fps": 0.0},
    symptoms=("camera_no_frames",),
)


def example_plan() -> RunningPlan:
    """The invented company outside its peak hours, so that the story's times are the chain's own; wang on duty."""
    data = load_plan(PLAN)
    turn = Shift(start=dt.datetime(2026, 11, 1), end=dt.datetime(2027, 2, 1), people=("wang",))
    roster = msgspec.structs.replace(data.rosters["technical"], overrides=(turn,))
    return RunningPlan(msgspec.structs.replace(data, peak=(), rosters={"technical": roster}))


async def camera_story(folder: Path) -> CaseFile:
    """Wang's messenger refuses and his mail is not answered; deputy at 5 minutes, leadership at 15, moved at 20, taken
    at 21, restored at 42; feedback, and the office's text."""
    stage = PlannedStage(folder, example_plan(), workflows=[BackupPlan(), Logistics(), PostIncidentReport()])
    engine, command = stage.engine, stage.engine.command
    stage.post.fate["wang/1"] = Outcome.PERMANENT
    for days in (40, 12):
        stage.clock.now = START - days * 86400
        before = Fault(room="R301", code="camera_missing", target="cam0", since=stage.clock.now)
        await engine.fault_opened(before, RUNNING)
        await engine.settle()
        await engine.fault_cleared(before)
        await engine.settle()
    stage.clock.now = START
    number = await engine.fault_opened(CAMERA, RUNNING)
    await stage.until(20 * 60)
    await command("backup_failed", number, by="zhou", text="外部参会方无法使用该软件")
    await command("mitigate", number, by="zhou", text="会议转至 305 会议室，参会人员已全部到达")
    await stage.until(21 * 60)
    await command("take", number, by="li")
    await stage.until(22 * 60)
    await command("confirm", number, by="li", text="摄像头 USB 线缆脱落")
    await stage.until(23 * 60)
    await command("order", number, by="chen", to=["li", "he"], text="李娜到场更换线缆，何平从 A 柜取备用摄像头送到 301")
    await stage.until(31 * 60)
    await command("note", number, by="li", text="线缆接头松动，重新插拔无效，更换线缆")
    await stage.until(41 * 60)
    await command("done", number, by="li", text="更换摄像头 USB 线缆，并用扎带固定")
    await stage.until(42 * 60)
    await engine.fault_cleared(CAMERA)
    await stage.until(50 * 60)
    await command(
        "feedback", number, by="guest", score=4, text="换会议室很快，但是等了二十分钟才有人来", anonymous=True
    )
    await command("feedback", number, by="刘洋", score=3, text="")
    await stage.until(3 * 3600)
    await command("report_edit", number, by="sun", chapter="cause", text=(
        "会前保洁人员移动桌面设备时碰落摄像头 USB 线缆，接头受损，摄像头与主机断开。\n"
        "该线缆去年安装，未做固定；本季度已发生同类故障两次，此前只重新插拔，没有更换。"
    ))  # fmt: skip
    await command("report_submit", number, by="sun")
    await command("report_return", number, by="wang", text="请补充为何此前两次没有更换线缆")
    await command("report_submit", number, by="sun", text="已补充")
    await command("report_approve", number, by="wang", text="同意")
    frames = tuple((START + n * 60.0, 30.0 if n < 0 or n >= 42 else 0.0) for n in range(-25, 70))
    light = tuple((START + n * 60.0, 118.0 + n % 7) for n in range(-25, 70) if n < 0 or n >= 42)
    readings = (
        Series(check="camera", target="cam0", name="frames_per_second", points=frames),
        Series(check="camera", target="cam0", name="mean_luma", points=light),
    )
    case = read_case(stage.journal.reader, number, START + 3.5 * 3600, readings)
    await stage.close()
    assert case is not None
    return case
