"""The five dashboards: all rooms, one room, response, what breaks, the monitors themselves."""

from __future__ import annotations

import json
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from scripts.mixin.panels import CHECK_STATE, GREEN, GREY, RED, ROOM_STATE, SOURCE, YELLOW, YES_NO, Easel
from scripts.mixin.settings import Settings

HERE = 'SITE=~"$SITE", FLOOR=~"$FLOOR", class=~"$class"'
STATE = f"site_room:roomwatch_state:code{{{HERE}}}"
OF_SITE = 'SITE=~"$SITE"'
OF_ROOM = 'SITE="$SITE", ROOM="$ROOM"'
NONE = ("none", "无")


def mean(label: str, metric: str, where: str, window: str) -> str:
    """Of what a histogram counted, as the rules summed it up for each site."""
    sums, counts = (
        f"sum by ({label}) (sum_over_time(site_{label}:roomwatch_{metric}_{part}:increase5m{{{where}}}[{window}]))"
        for part in ("sum", "count")
    )
    return f"{sums} / ({counts} > 0)"


def fleet(e: Easel) -> Any:
    counts = [
        (("Silent", "无应答"), 4), (("Fault in a meeting", "会议中故障"), 3), (("Unusable", "不可用"), 2),
        (("Impaired", "受限"), 1), (("Unknown", "未知"), -1), (("Usable", "可用"), 0), (("Off", "已关机"), -2),
    ]  # fmt: skip
    bad = f"({STATE} != 0)"
    only = f"and on (SITE, ROOM) {bad}"
    soon = (
        "site_room:roomwatch_next_meeting:timestamp - time() < 3600 and site_room:roomwatch_next_meeting:timestamp > 0"
    )
    panels = [
        e.number(title, f'sum(site_floor:roomwatch_rooms:count{{{HERE}, code="{code}"}}) or vector(0)',
                 ("Rooms in this state now", "当前处于此状态的会议室数"), bad_from=1,
                 colours=(GREY if code == -2 else GREEN, ROOM_STATE[code][1]))
        for title, code in counts
    ]  # fmt: skip
    panels += [
        e.number(("Meetings running", "进行中的会议"),
                 f"sum(site_room:roomwatch_meeting:running{{{OF_SITE}}}) or vector(0)",
                 ("As far as the rooms know", "以会议室所知为准")),
        e.tiles(("Rooms in trouble, the worst first", "有问题的会议室（最严重的在前）"),
                f"sort_desc(topk(60, {STATE} >= 2))", "{{SITE}} {{ROOM}}",
                ("At most 60. Click one to open it.", "最多显示 60 间，点击可打开。"), ROOM_STATE,
                ("All rooms can be used", "所有会议室均可用")),
        e.table(("At risk in the next hour", "未来一小时内有风险"),
                ("A meeting is near, and the room is not right or its check said no.",
                 "会议即将开始，而会议室异常或会前检查未通过。"),
                [(("State", "状态"), f"max by (SITE, FLOOR, ROOM) ({STATE} and on (SITE, ROOM) ({soon}) and on (SITE, ROOM) "
                  '((site_room:roomwatch_state:code != 0) or on (SITE, ROOM) '
                  'roomwatch_next_meeting_readiness{state="no_go"} == 1))', "short")],
                NONE, words=ROOM_STATE),
        e.table(("Rooms that are not all right", "状态异常的会议室"),
                ("A room's name opens it.", "点击会议室名称可打开。"),
                [(("State", "状态"),
                  f"sort_desc(max by (SITE, FLOOR, ROOM) {bad})", "short"),
                 (("Fault since", "故障始于"), f"1000 * site_room:roomwatch_fault_start:timestamp{{{OF_SITE}}} {only}",
                  "dateTimeAsIso"),
                 (("Meeting", "会议中"), f"site_room:roomwatch_meeting:running{{{OF_SITE}}} {only}", "yes or no"),
                 (("Next meeting", "下一场会议"),
                  f"1000 * (site_room:roomwatch_next_meeting:timestamp{{{OF_SITE}}} > 0) {only}", "dateTimeAsIso"),
                 (("No go", "未通过会前检查"),
                  f'max by (SITE, ROOM) (roomwatch_next_meeting_readiness{{{OF_SITE}, state="no_go"}}) {only}', "yes or no"),
                 (("Taken", "已受理"),
                  f'sum by (SITE, ROOM) (site_room:roomwatch_incidents:open{{{OF_SITE}, taken="yes", drill="no"}}) {only}', "short"),
                 (("Silent or off since", "无应答或关机始于"),
                  f"1000 * site_room:roomwatch_away_since:timestamp{{{OF_SITE}}} {only}", "dateTimeAsIso"),
                 (None, f"group by (SITE, ROOM, version) (roomwatch_build_info{{{OF_SITE}}}) {only}", "short")],
                NONE, words=ROOM_STATE),
        e.curve(("Rooms by state", "各状态的会议室数"),
                [(f'sum(site_floor:roomwatch_rooms:count{{{HERE}, code="{code}"}})', e.say(title)) for title, code in counts],
                "", "short", ("Over time", "随时间变化"), stacked=True,
                colours={e.say(title): ROOM_STATE[code][1] for title, code in counts}),
        e.curve(("Availability by site, a day", "各站点可用率（一天）"), f"site:roomwatch_availability:ratio_1d{{{OF_SITE}}}",
                "{{SITE}}", "percentunit", ("Of the working time; the line is the objective", "按工作时间计算；线为目标值"),
                limits=[(None, RED), (e.settings.objective, GREEN)], lowest=0.95),
        e.curve(("Meeting minutes lost, a day", "一天内损失的会议分钟数"), f"site:roomwatch_meeting_minutes_lost:sum1d{{{OF_SITE}}}",
                "{{SITE}}", "m", ("Meetings with a critical fault that nothing mitigated", "会议中存在未缓解的严重故障")),
        e.curve(("Unusable now", "当前不可用比例"), f"site:roomwatch_unavailable:ratio_5m{{{OF_SITE}}}",
                "{{SITE}}", "percentunit", ("Share of the rooms of a site, in working time", "工作时间内站点会议室的占比")),
    ]  # fmt: skip
    variables = [
        e.variable("SITE", ("Site", "站点")),
        e.variable("FLOOR", ("Floor", "楼层"), ', SITE=~"$SITE"'),
        e.variable("class", ("Class", "类别"), ', SITE=~"$SITE"'),
    ]
    return e.board("roomwatch-fleet", ("all rooms", "全部会议室"),
                   ("What is wrong now, and how it went.", "当前问题与历史趋势。"), panels, variables)  # fmt: skip


def room(e: Easel) -> Any:
    h = OF_ROOM
    panels = [
        e.number(("Now", "当前"), f"max(site_room:roomwatch_state:code{{{h}}})", ("State of the room", "会议室状态"),
                 words=ROOM_STATE, width=6),
        e.number(("Meeting", "会议中"), f"max(site_room:roomwatch_meeting:running{{{h}}}) or vector(0)", ("One runs now", "当前是否有会议"),
                 words=YES_NO, width=6),
        e.number(("Open incidents", "未关闭事件"), f'sum(site_room:roomwatch_incidents:open{{{h}, drill="no"}}) or vector(0)',
                 ("All severities, no drills", "所有级别，不含演练"), bad_from=1, width=6),
        e.number(("Waiting to be sent", "待发通知"), f"sum(roomwatch_notifications_pending{{{h}}})",
                 ("Notifications decided and not accepted", "已决定但未送达"), bad_from=1, width=6),
        e.table(("Open faults", "未排除的故障"),
                ("Told are those that nothing explains and nothing holds back.", "仅通知没有根因且未暂缓的故障。"),
                [(("Count", "数量"), f"sum by (code, target, severity, cause, held) (roomwatch_fault_open{{{h}}})", "short")],
                NONE),
        e.timeline(("Meetings", "会议"), f"site_room:roomwatch_meeting:running{{{h}}}", "meeting",
                   ("When one ran", "会议时段"), YES_NO, 4),
        *(
            e.timeline(title, f'max_over_time(roomwatch_check_state{{{h}, check=~"{checks}"}}[$__interval])', "{{check}} {{target}}",
                       ("State of each check", "各项检查的状态"), CHECK_STATE, 7)
            for title, checks in (
                (("Network", "网络"), "network.*"), (("Camera, sound and picture", "摄像头、声音与画面"),
                                                 "(camera|microphone|speaker|display).*"),
                (("PC and programs", "主机与程序"), "(host|software|power|calendar).*"))
        ),
        e.curve(("Round trip of media", "媒体往返时延"), f"roomwatch_media_rtt_seconds{{{h}}}", e.say(("media {{target}}", "媒体 {{target}}")), "s",
                ("People notice from 0.15 s, and talk over each other from 0.3 s", "0.15 秒起可察觉，0.3 秒起抢话"),
                limits=[(None, GREEN), (0.15, YELLOW), (0.3, RED)]),
        e.curve(("Jitter of media", "媒体抖动"), f"roomwatch_media_jitter_seconds{{{h}}}", e.say(("media {{target}}", "媒体 {{target}}")), "s",
                ("More than the programs' buffers of 30 ms is heard", "超过 30 毫秒缓冲即可听到"),
                limits=[(None, GREEN), (0.03, RED)]),
        e.curve(("Loss of media", "媒体丢包"), f"roomwatch_media_loss_ratio{{{h}}}", e.say(("media {{target}}", "媒体 {{target}}")), "percentunit",
                ("Sound suffers from one in a hundred", "超过 1% 影响声音"), limits=[(None, GREEN), (0.01, YELLOW), (0.05, RED)]),
        e.curve(("Network times", "网络耗时"),
                [(f"roomwatch_gateway_rtt_seconds{{{h}}}", "gateway {{ip}}"),
                 (f"roomwatch_internet_rtt_seconds{{{h}}}", "internet {{ip}}"),
                 (f"roomwatch_dns_seconds{{{h}}}", "dns {{target}}")], "", "s",
                ("Round trips and name resolution", "往返时延与域名解析")),
        e.curve(("Sound", "声音"), [(f"roomwatch_microphone_level_dbfs{{{h}}}", "level {{target}}"),
                                  (f"roomwatch_microphone_noise_floor_dbfs{{{h}}}", "noise {{target}}")], "", "short",
                ("dBFS, of samples that stay in the room", "dBFS，样本不离开会议室")),
        e.curve(("Picture", "画面"), f"roomwatch_camera_luma{{{h}}}", "{{target}}", "short",
                ("Mean brightness, 0 to 255", "平均亮度，0 至 255")),
    ]  # fmt: skip
    made = e.board("roomwatch-room", ("one room", "单间会议室"), ("One room over time.", "一间会议室的历史。"), panels,
                   [e.variable("SITE", ("Site", "站点"), several=False),
                    e.variable("ROOM", ("Room", "会议室"), ', SITE="$SITE"', several=False)])  # fmt: skip
    note = dashboard.AnnotationQuery().name(e.say(("Faults", "故障"))).datasource(SOURCE).enable(True).icon_color(RED)
    return made.annotation(note.expr(e.fill(f'roomwatch_fault_open{{{h}, cause="", held="no"}}')))


def response(e: Easel) -> Any:
    h = OF_SITE
    panels = [
        e.number(("Open, nobody took it", "未受理事件"), f'sum(site_room:roomwatch_incidents:open{{{h}, taken="no", drill="no"}}) or vector(0)',
                 ("Incidents", "事件数"), bad_from=1, width=4),
        e.number(("Chain ended", "升级链已到头"), f"sum(roomwatch_incidents_unanswered{{{h}}}) or vector(0)",
                 ("Everybody was told and nobody took it", "已通知所有人但无人受理"), bad_from=1, width=4),
        e.number(("Nobody could be told", "无法通知任何人"), f"sum(roomwatch_incidents_told_nobody{{{h}}}) or vector(0)",
                 ("Incidents", "事件数"), bad_from=1, width=4),
        e.number(("Time to acknowledge", "平均受理时间"), f"avg(site:roomwatch_mtta_seconds:mean1d{{{h}}})",
                 ("Mean of a day", "一天平均"), unit="s", width=4),
        e.number(("Time to restore", "平均恢复时间"), f"avg(site:roomwatch_mttr_seconds:mean1d{{{h}}})",
                 ("Mean of a day", "一天平均"), unit="s", width=4),
        e.number(("Duties overdue", "逾期任务"), f"sum(roomwatch_reports_overdue{{{h}}}) + sum(roomwatch_drills_overdue{{{h}}})"
                 f" + sum(roomwatch_inspections_overdue{{{h}}})",
                 ("Reports, drills, inspections", "报告、演练、巡检"), bad_from=1, width=4),
        e.table(("Open incidents", "未关闭事件"), ("By room", "按会议室"),
                [(("Number", "数量"), f"sum by (SITE, FLOOR, ROOM, severity, taken, drill) (site_room:roomwatch_incidents:open{{{h}}})",
                  "short")], NONE),
        e.curve(("Time to acknowledge", "受理时间"), f"site:roomwatch_mtta_seconds:mean1d{{{h}}}", "{{SITE}}", "s",
                ("Mean of a day; the line is the plan's usual target of five minutes", "一天平均；线为预案常用目标 5 分钟"),
                limits=[(None, GREEN), (300, RED)]),
        e.curve(("Time to restore", "恢复时间"), f"site:roomwatch_mttr_seconds:mean1d{{{h}}}", "{{SITE}}", "s",
                ("Mean of a day; the line is the plan's usual target of an hour", "一天平均；线为预案常用目标 1 小时"),
                limits=[(None, GREEN), (3600, RED)]),
        e.curve(("Delivery by channel", "各通道送达时间"),
                mean("channel", "notification_delivery_seconds", h, "1h"),
                "{{channel}}", "s", ("Mean, from decision to acceptance", "平均值，从决定到送达")),
        e.curve(("Notifications an hour", "每小时通知数"), f"sum by (outcome) (sum_over_time(site_outcome:roomwatch_notifications:increase5m{{{h}}}[1h]))",
                "{{outcome}}", "short", ("By what became of them", "按结果")),
    ]  # fmt: skip
    return e.board("roomwatch-response", ("response", "应急响应"), ("Who was told, and how fast it went.", "通知与响应速度。"),
                   panels, [e.variable("SITE", ("Site", "站点"))])  # fmt: skip


def causes(e: Easel) -> Any:
    faults = f"sum_over_time(site_code:roomwatch_faults:increase5m{{{OF_SITE}}}[7d])"

    def top(title: tuple[str, str], label: str) -> Any:
        return e.table(title, ("Faults of the last seven days", "最近七天的故障数"),
                       [(("Faults", "故障数"), f"sort_desc(topk(15, sum by ({label}) ({faults}) > 0))", "short")],
                       NONE, width=12)  # fmt: skip

    panels = [
        top(("By fault", "按故障"), "code"), top(("By model", "按型号"), "model"), top(("By site", "按站点"), "SITE"),
        top(("By floor", "按楼层"), "SITE, FLOOR"),
        e.curve(("Faults an hour", "每小时故障数"),
                f"sum by (code) (sum_over_time(site_code:roomwatch_faults:increase5m{{{OF_SITE}}}[1h])) > 0",
                "{{code}}", "short", ("By fault", "按故障"), stacked=True, width=24),
        e.table(("Open faults by version", "各版本未排除的故障"), ("Rooms with an open fault", "有故障的会议室数"),
                [(("Rooms", "会议室数"), "count by (version) (group by (SITE, ROOM, version) (roomwatch_build_info{" + OF_SITE
                  + "}) and on (SITE, ROOM) site_room:roomwatch_fault:open)", "short")], NONE, width=12),
        e.table(("Same fault in several rooms now", "多间会议室出现同一故障"), ("Now", "当前"),
                [(("Rooms", "会议室数"), "sort_desc(count by (SITE, code) (group by (SITE, ROOM, code) "
                  f"(site_room:roomwatch_fault:open{{{OF_SITE}}})) > 1)", "short")], NONE, width=12),
    ]  # fmt: skip
    return e.board("roomwatch-causes", ("what breaks", "故障分析"), ("What breaks most, and where.", "什么最常坏，在哪里。"), panels,
                   [e.variable("SITE", ("Site", "站点"))])  # fmt: skip


def monitor(e: Easel) -> Any:
    h = OF_SITE
    panels = [
        e.number(("Rooms watched", "监视的会议室"), f"sum(site:roomwatch_rooms:count{{{h}}})", ("Known to Prometheus", "Prometheus 已知"),
                 width=6),
        e.number(("Blind", "无检查结果"), f"sum(site_room:roomwatch_blind:bool{{{h}}}) or vector(0)",
                 ("Answer and see nothing", "有应答但无检查结果"), bad_from=1, width=6),
        e.number(("Observe mode", "观察模式"), f"sum(roomwatch_observing{{{h}}}) or vector(0)", ("Nobody is told", "不通知任何人"), width=6),
        e.number(("Series left out", "省略的指标"), f"sum(roomwatch_series_left_out{{{h}}}) or vector(0)",
                 ("A page has at most 250", "每页最多 250 条"), width=6),
        e.table(("Versions", "版本"), ("Rooms", "会议室数"),
                [(("Rooms", "会议室数"), f"count by (SITE, version) (roomwatch_build_info{{{h}}})", "short")], NONE, width=12),
        e.table(("Configurations", "配置"), ("Rooms", "会议室数"),
                [(("Rooms", "会议室数"), f"count by (SITE, base_hash, plan_hash) (roomwatch_config_info{{{h}}})", "short")], NONE,
                width=12),
        e.curve(("CPU of a monitor", "监视程序 CPU"),
                [(f"site:roomwatch_cpu:avg{{{h}}}", e.say(("{{SITE}} mean", "{{SITE}} 平均"))),
                 (f"site:roomwatch_cpu:max{{{h}}}", e.say(("{{SITE}} highest", "{{SITE}} 最高")))], "",
                "percentunit", ("Of one processor, without its children", "占单核比例，不含子进程")),
        e.curve(("Memory of a monitor", "监视程序内存"),
                [(f"site:roomwatch_resident_memory_bytes:avg{{{h}}}", e.say(("{{SITE}} mean", "{{SITE}} 平均"))),
                 (f"site:roomwatch_resident_memory_bytes:max{{{h}}}", e.say(("{{SITE}} highest", "{{SITE}} 最高")))], "",
                "bytes", ("Resident", "常驻内存")),
        e.curve(("Duration of probes", "探测耗时"), mean("probe", "probe_duration_seconds", h, "15m"), "{{probe}}", "s",
                ("Mean over the rooms", "各会议室平均")),
        e.curve(("Largest clock skew", "最大时钟偏差"), f"site:roomwatch_clock_skew_seconds:max{{{h}}}", "{{SITE}}", "s",
                ("Against Prometheus; alerted above the line", "与 Prometheus 相比；超过线即告警"),
                limits=[(None, GREEN), (e.settings.clock_skew_seconds, RED)]),
        e.curve(("Scrape duration", "采集耗时"), f"site:roomwatch_scrape_duration_seconds:max{{{h}}}", "{{SITE}}", "s",
                ("The slowest room of a site", "站点内最慢的会议室")),
        e.curve(("Probe failures an hour", "每小时探测失败数"),
                f"sum by (probe) (sum_over_time(site_probe:roomwatch_probe_failures:increase5m{{{h}}}[1h])) > 0",
                "{{probe}}", "short",
                ("Runs that broke or did not end in time", "异常或超时的运行")),
    ]  # fmt: skip
    return e.board("roomwatch-monitor", ("the monitors", "监视程序"), ("How the monitors do.", "监视程序自身状况。"), panels,
                   [e.variable("SITE", ("Site", "站点"))])  # fmt: skip


BOARDS = {"fleet": fleet, "room": room, "response": response, "causes": causes, "monitor": monitor}


def documents(settings: Settings) -> dict[str, str]:
    """Path → JSON. The ids of dashboards and panels stay the same, so that links stay."""
    made = {}
    for name, make in BOARDS.items():
        for language, suffix in enumerate(("", ".zh-CN")):
            board = make(Easel(settings, language)).build()
            made[f"config/grafana/{name}{suffix}.json"] = (
                json.dumps(board, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            )
    return made
