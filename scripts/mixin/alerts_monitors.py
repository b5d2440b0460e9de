"""Alerts of the monitors themselves: restarts, configuration, versions, and that all of this is alive."""

from __future__ import annotations

from scripts.mixin.rule import MAINTENANCE, Alert, Group, Recording, fleet, monitor

RUNNING = (
    ("Version", "version", "roomwatch_build_info", "versions", "软件版本"),
    ("Config", "base_hash", "roomwatch_config_info", "configurations", "基础配置"),
    ("Plan", "plan_hash", "roomwatch_config_info", "plans", "应急预案"),
)
MONITORS = (
    # What rooms run is known over the night in which they are off: the one that was left behind may be among them.
    *(Recording(f"site_{label}:roomwatch_rooms:count", f"count by (SITE, {label}) ({metric})")
      for _, label, metric, _, _ in RUNNING),
    monitor("MonitorRestarting", "warning", 'changes(process_start_time_seconds{SELECTOR}[30m]) > 3'
            f" unless on (SITE, ROOM) last_over_time({MAINTENANCE}[30m])",
            "the monitor restarted {{ $value }} times in 30 minutes", "监视程序 30 分钟内重启 {{ $value }} 次",
            "It crashes, or somebody or something restarts it.", "`journalctl -u roomwatch` in the room."),
    monitor("DriverHung", "warning", "roomwatch_children_stuck > 0", "a device driver hangs", "设备驱动程序卡死",
            "A capture sits in the kernel and cannot be ended.",
            "Unplug the device and plug it in again; else restart the PC.", "5m"),
    *fleet("ConfigurationRefused", "warning", "roomwatch_config_problems > 0", "the new configuration was refused",
          "拒绝了新配置", "The old configuration keeps running.", "`roomwatch check` in a room lists the problems."),
    *fleet("ConfigurationDiffers", "notice", "roomwatch_config_differs == 1 unless roomwatch_config_problems > 0",
          "the files differ from what runs", "的配置文件与运行中的配置不一致",
          "Somebody changed the files and nothing reloaded them.", "`roomwatch reload` in the rooms.", "1h"),
    *fleet("RestartNeeded", "notice", "roomwatch_config_restart_needed > 0", "a restart is needed for new settings",
          "需要重启才能应用新设置", "Settings were taken that take effect at a restart only.",
          "Restart the monitor when no meeting runs.", "1d"),
    *fleet("ObserveMode", "notice", "roomwatch_observing == 1", "observe mode, nobody is told",
          "处于观察模式，不通知任何人",
          "Faults are seen and nobody is told. Right while a room is set up, and easily forgotten.",
          'Set `mode = "act"`.', "1d"),
    *fleet("FaultsNotSeen", "notice", "roomwatch_faults_not_seen > 0",
          "a fault from before the start was not looked at", "有启动前的故障尚未复查",
          "No probe has looked at it since the restart: a device may be missing.",
          "Look at the room's page.", "1h", "roomwatch-fleet"),
    *fleet("SeriesLeftOut", "notice", "sum without (of) (roomwatch_series_left_out) > 0", "series are left out",
          "有指标被省略", "A page has at most 250 series; the most important ones come first.",
          "Watch fewer targets.", "1h"),
    *(
        Alert(
            f"{what}Skew", "notice",
            f"count by (SITE) (last_over_time(site_{label}:roomwatch_rooms:count[16h])) > 1",
            "{{ $labels.SITE }}: {{ $value }} different " + english + " since two days",
            "{{ $labels.SITE }}：" + chinese + "有 {{ $value }} 种，已持续两天",
            f"The rooms of a site run {english} that differ for longer than an update in rings takes.",
            "Look at the table of versions for the rooms that were left behind.",
            f"count by (SITE, {label}) ({metric})", kind="fleet", wait="2d", dashboard="roomwatch-monitor")
        for what, label, metric, english, chinese in RUNNING
    ),
    Alert("DeadMansSwitch", "none", "vector(1)", "Prometheus and Alertmanager are alive",
          "Prometheus 与 Alertmanager 运行正常",
          "Always fires. Send it to something outside that calls when it stops: then Prometheus itself is watched.",
          "Nothing. If it stops, look at Prometheus and Alertmanager.", "vector(1)", kind="deadman",
          dashboard="roomwatch-fleet"),
)  # fmt: skip


def groups() -> list[Group]:
    return [Group("roomwatch-monitors", MONITORS, interval="1m")]
