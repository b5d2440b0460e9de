"""The table of faults: what is done to the room's PC, which code must be told, and how it is ended.

A new row is one line: name, what it is, the steps that make it, the code, the steps that end it. A step is a function of
the room; those of tests/room/steps.py make the usual ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.room.steps import (
    Step,
    again,
    cable,
    far_side,
    impatient,
    leases,
    login_page,
    loose_cable,
    netem,
    no_leases,
    power,
    power_cut,
    receivers,
    recorded,
    rig,
    router,
    router_rule,
    shell,
    six_leads_nowhere,
    told,
    untold,
)

NOTHING = ""
SECONDS = 300.0
"""Three looks of the slowest probe, and their confirmation, in a guest that is ten times slower than a PC."""
CALM_SECONDS = 195.0
"""What alarms nobody is watched over three looks of each probe."""


@dataclass(frozen=True)
class Fault:
    """begin: steps that make it. code: what must be told, NOTHING for what alarms nobody. end: steps that end it.
    first: steps before, which are no fault. may: what may be told besides. event: it is told by an event and not by the
    next look. recovers: its end is waited for. once: its first step alone is the
    fault, and what comes after may neither lose nor repeat the message. smoke: of the short run. within: seconds to be told within; what alarms nobody is watched for so long."""

    name: str
    what: str
    begin: tuple[Step, ...]
    code: str
    end: tuple[Step, ...] = ()
    first: tuple[Step, ...] = ()
    may: tuple[str, ...] = ()
    event: bool = False
    recovers: bool = True
    once: bool = False
    smoke: bool = False
    within: float = 0.0

    @property
    def seconds(self) -> float:
        return self.within or (SECONDS if self.code else CALM_SECONDS)

    @property
    def area(self) -> str:
        return self.name.partition("-")[0]


PLUGGED = (rig("usbcam-plug"),)
RUNS = (rig("program-start"),)
RUN, FRESH = rig("usbcam-order run"), rig("usbcam-order luma 128")
ROOM_SOUND = rig("usbmic-order room")
NO_FILTER = (router("nft", "flush", "ruleset"),)
RESTARTED = shell("systemctl restart roomwatch", 300)

# fmt: off
CAMERA = (
    Fault("camera-unplugged", "webcam unplugged", (rig("usbcam-unplug"),), "camera_missing", PLUGGED, event=True, smoke=True),
    Fault("camera-replugged", "webcam unplugged and plugged in again at once", (rig("usbcam-replug 1"),), NOTHING),
    Fault("camera-other-port", "webcam plugged into another port", (rig("usbcam-replug 2"),), NOTHING),
    Fault("camera-busy", "another program streams from the webcam", (rig("camera-busy /dev/v4l/by-id/*video-index0"),), NOTHING, (rig("camera-free"),)),
    Fault("camera-no-frames", "webcam delivers no picture", (rig("usbcam-order stall"),), "camera_no_frames", (RUN,)),
    Fault("camera-frozen", "webcam repeats one picture", (rig("usbcam-order freeze"),), "camera_frozen", (RUN,)),
    Fault("camera-black", "webcam sends black", (rig("usbcam-order luma 0"),), "camera_black", (FRESH,)),
    Fault("camera-white", "webcam sends white", (rig("usbcam-order luma 255"),), "camera_overexposed", (FRESH,)),
    Fault("camera-covered", "lens covered by something dark", (rig("usbcam-order cover"),), "camera_covered", (RUN,), first=(shell("roomwatch camera learn USB_Room_Camera", 180),)),
    Fault("camera-slow", "webcam drops six of seven pictures", (rig("usbcam-order rate 0.7"),), "camera_low_fps", (rig("usbcam-order rate 5"),)),
    Fault("camera-damaged", "pictures arrive damaged", (rig("usbcam-order noise"),), "camera_corruption", (RUN,)),
)
MICROPHONE = (
    Fault("microphone-unplugged", "USB microphone unplugged", (rig("usbmic-unplug"),), "microphone_missing", (rig("usbmic-plug"),), event=True),
    Fault("microphone-silent", "microphone sends exact zeros", (rig("usbmic-order silence"),), "microphone_digital_silence", (ROOM_SOUND,), smoke=True),
    Fault("microphone-dead", "microphone sends its converter's noise alone", (rig("usbmic-order dead"),), "microphone_dead", (ROOM_SOUND,)),
    Fault("microphone-stalled", "open microphone delivers nothing", (rig("usbmic-order stall"),), "microphone_stalled", (ROOM_SOUND,)),
    Fault("microphone-muted-software", "muted in the sound server", (rig("microphone set-source-mute 1"),), "microphone_muted", (rig("microphone set-source-mute 0"),)),
    Fault("microphone-muted-hardware", "muted by the device's own switch", (shell("amixer -q -c Mic set Mic nocap || amixer -q -c Mic set Mic mute"),), "microphone_muted", (shell("amixer -q -c Mic set Mic cap || amixer -q -c Mic set Mic unmute"),)),
    Fault("microphone-gain-zero", "turned down to zero in the sound server", (rig("microphone set-source-volume 0"),), "microphone_gain_zero", (rig("microphone set-source-volume 65536"),)),
    Fault("microphone-clipping", "microphone overdriven", (rig("usbmic-order clip"),), "microphone_clipping", (ROOM_SOUND,)),
    Fault("microphone-hum", "hum of the mains", (rig("usbmic-order hum"),), "microphone_hum", (ROOM_SOUND,)),
    Fault("microphone-tone", "howling at one pitch", (rig("usbmic-order tone"),), "microphone_constant_tone", (ROOM_SOUND,)),
    Fault("microphone-busy", "another program records from the microphone", (rig("record"),), NOTHING, (rig("record-end"),)),
    Fault("microphone-wrong-default", "another microphone chosen", (rig("default-source snd_aloop"),), "microphone_wrong_default", (rig("default-source USB_Room_Mic"),)),
    Fault("microphone-server-killed", "sound server killed, its service starts it again", (shell("pkill -KILL -x pipewire"),), NOTHING),
    Fault("microphone-server-hung", "sound server hangs", (shell("pkill -STOP -x pipewire"),), NOTHING, (shell("pkill -CONT -x pipewire"),)),
)
SPEAKER = (Fault("speaker-muted", "loudspeaker muted", (rig("sound set-sink-mute @DEFAULT_SINK@ 1"),), "speaker_muted", (rig("sound set-sink-mute @DEFAULT_SINK@ 0"),)), Fault("speaker-volume-zero", "loudspeaker's volume at zero", (rig("sound set-sink-volume @DEFAULT_SINK@ 0"),), "speaker_volume_zero", (rig("sound set-sink-volume @DEFAULT_SINK@ 80%"),)))
NETWORK = (
    Fault("network-link", "cable pulled", (cable(False),), "link_down", (cable(True),), event=True, smoke=True),
    Fault("network-link-at-once", "cable pulled, patience 0", (cable(False),), "link_down", (cable(True),), event=True, first=impatient("link_down")),
    Fault("network-lease", "no lease any more after the cable was out", (no_leases, cable(False), cable(True)), "no_address", (leases, shell("networkctl reconfigure eth0")), may=("link_down",)),
    Fault("network-gateway", "gateway dead", (router("ip", "link", "set", "lan0", "down"),), "gateway_unreachable", (router("ip", "link", "set", "lan0", "up"),)),
    Fault("network-no-route", "default route gone", (shell("ip route delete default"),), "no_route", (shell("networkctl reconfigure eth0"),), event=True),
    Fault("network-internet", "line behind the router cut", (router_rule("forward", "drop"),), "internet_unreachable", NO_FILTER),
    Fault("network-dns-dead", "resolver silent", (far_side(dns={"*": {"silent": True}}),), "dns_dead", (far_side(dns={}),), smoke=True),
    Fault("network-dns-failing", "resolver answers SERVFAIL", (far_side(dns={"*": {"code": "SERVFAIL"}}),), "dns_failing", (far_side(dns={}),)),
    Fault("network-dns-slow", "resolver takes two seconds", (far_side(dns={"*": {"delay": 2.0}}),), "dns_slow", (far_side(dns={}),)),
    Fault("network-dns-lies", "resolver invents answers", (far_side(dns={"*": {"invents": "192.0.2.40"}}),), "dns_hijacked", (far_side(dns={}),)),
    Fault("network-udp-blocked", "UDP of sound and picture blocked", (router_rule("forward", "udp dport 3478 drop"),), "media_udp_blocked", NO_FILTER),
    Fault("network-media-blocked", "relays unreachable by UDP and TCP", (router_rule("forward", "ip daddr 192.0.2.30 drop"),), "media_unreachable", NO_FILTER),
    Fault("network-loss", "a fifth of the packets lost", (router_rule("forward", "numgen random mod 100 < 20 drop"),), "media_loss", NO_FILTER, may=("media_burst", "media_quality", "service_slow", "dns_slow", "dns_dead")),
    Fault("network-delay", "delay of 600 ms", (netem("delay 600ms"),), "media_delay", (netem(""),), may=("service_slow", "dns_slow", "media_quality")),
    Fault("network-jitter", "delay between 0 and 400 ms", (netem("delay 200ms 200ms"),), "media_jitter", (netem(""),), may=("media_delay", "media_quality", "media_loss")),
    Fault("network-portal", "login page before the internet", (login_page,), "captive_portal", NO_FILTER),
    Fault("network-flapping", "cable loose: five times out and in", (loose_cable,), "link_down", may=("no_address",), recovers=False),
    Fault("network-ipv6-announced", "IPv6 announced that leads nowhere", (six_leads_nowhere,), NOTHING),
    Fault("network-service-down", "meeting service answers 503", (far_side(service="503 Service Unavailable"),), "service_refuses", (far_side(service="answers"),)),
    Fault("network-service-hangs", "meeting service accepts and says nothing", (far_side(service="stalls"),), "service_unreachable", (far_side(service="answers"),)),
    Fault("network-certificate-expired", "the service's certificate has expired", (far_side(certificate="expired"),), "service_certificate_expired", (far_side(certificate="good"),)),
    Fault("network-certificate-wrong", "a certificate of another name", (far_side(certificate="other"),), "service_certificate_wrong", (far_side(certificate="good"),)),
)
SOFTWARE = (
    Fault("software-crash", "program killed by a signal", (rig("program-signal SEGV"),), "app_not_running", RUNS, event=True, smoke=True),
    Fault("software-crash-at-once", "program killed by a signal, patience 0", (rig("program-signal SEGV"),), "app_not_running", RUNS, event=True, first=impatient("app_not_running")),
    Fault("software-error", "program ends with an error", (shell("echo exit 3 >/tmp/program.order"),), "app_not_running", RUNS, event=True),
    Fault("software-stopped", "program stopped", (rig("program-signal STOP"),), "app_stopped", (rig("program-signal CONT"),)),
    Fault("software-helper-died", "the program's page crashes", (rig("program-helper KILL"),), "app_helper_died", (rig("program-signal KILL"), rig("program-start")), may=("app_not_running",)),
    Fault("software-out-of-memory", "the kernel ends the program for its memory", (rig("program-eats"),), "app_not_running", RUNS, may=("memory_pressure",)),
    Fault("software-restart-loop", "program crashes and is started again, four times", tuple(step for _ in range(4) for step in (rig("program-signal SEGV"), rig("program-start"))), "app_restart_loop", may=("app_not_running",), recovers=False),
    Fault("software-twice", "program runs twice", (rig("program-start second"),), "app_two_instances", (rig("program-end second"),)),
    Fault("software-signed-out", "the program's log says that the login has expired", (shell("echo '登录状态已失效' >>/var/log/room-client/client.log"),), "app_signed_out", (shell("echo 'signed in' >>/var/log/room-client/client.log; rm /var/log/room-client/client.log"),)),
    Fault("software-not-started", "program not there after the service's start", (rig("program-signal TERM"), RESTARTED), "app_not_running", RUNS),
)
HOST = (
    Fault("host-disk-full", "disk full", (shell("fallocate -l $(($(df --output=avail -B1 / | tail -1) - 4194304)) /full"),), "disk_full", (shell("rm /full"),), may=("journal_unavailable",)),
    Fault("host-clock-ahead", "clock stepped 400 days ahead", (shell("date -s '+400 days'"),), "clock_wrong", (shell("date -s '-400 days'"),), may=("clock_suspect", "service_certificate_expired")),
    Fault("host-clock-back", "clock stepped an hour back, the service works", (shell("date -s '-1 hour'"),), "clock_suspect", (shell("date -s '+1 hour'"),), recovers=False),
    Fault("host-memory", "programs wait for memory most of the time", (rig("memory-eat"),), "memory_pressure", (rig("memory-free"),), may=("cpu_pressure",)),
    Fault("host-mains", "mains lost", (power(mains=False),), "mains_lost", (power(mains=True),)),
    Fault("host-battery", "battery nearly empty", (power(mains=False, used=95),), "battery_low", (power(mains=True),), may=("mains_lost",)),
    Fault("host-power-cut", "power cut in mid-incident", (rig("program-signal KILL"), told("app_not_running"), recorded, power_cut, again), "app_not_running", RUNS, may=("camera_missing", "microphone_missing", "speaker_missing"), once=True),
    Fault("host-daemon-killed", "daemon killed in mid-incident", (rig("program-signal KILL"), told("app_not_running"), shell("systemctl kill -s KILL --kill-whom=main roomwatch"), again), "app_not_running", RUNS, once=True),
    Fault("host-daemon-hung", "daemon hangs: systemd's watchdog", (shell("systemctl kill -s STOP --kill-whom=main roomwatch"), again), NOTHING, within=300),
    Fault("host-session-killed", "session part killed", (shell("systemctl --user -M kiosk@ kill -s KILL 'roomwatch-session@*' || pkill -KILL -u kiosk -f user_session"),), NOTHING),
    Fault("host-polkit-absent", "polkit not there", (shell("systemctl mask --now polkit"),), NOTHING, (shell("systemctl unmask polkit"),)),
    Fault("host-notifier-down", "the messenger's server down in an incident", (rig("program-signal KILL"),), "app_not_running", RUNS, first=(receivers(hook="refuses"),)),
    Fault("host-smtp-refuses", "mail server refuses for a minute and the messenger is down", (rig("program-signal KILL"), untold("app_not_running"), receivers(hook="takes", mail="takes")), "app_not_running", RUNS, first=(receivers(hook="refuses", mail="refuses"),), may=("nobody_reachable",), once=True),
    Fault("host-journal-damaged", "a page of the journal overwritten", (shell("systemctl stop roomwatch; dd if=/dev/urandom of=/var/lib/roomwatch/journal.db bs=4096 seek=3 count=1 conv=notrunc; systemctl start roomwatch", 300),), "journal_damaged", recovers=False),
    Fault("host-upgrade", "package installed anew in mid-incident", (rig("program-signal KILL"), told("app_not_running"), shell("apt-get install -q --yes --reinstall roomwatch", 900), again), "app_not_running", RUNS, once=True),
    Fault("host-healthy", "nothing at all, five minutes", (), NOTHING, within=300),
)
# fmt: on

FAULTS: tuple[Fault, ...] = (*CAMERA, *MICROPHONE, *SPEAKER, *NETWORK, *SOFTWARE, *HOST)
