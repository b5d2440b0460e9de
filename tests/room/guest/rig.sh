#!/bin/bash
# The devices of the virtual room PC and what goes wrong with them. Runs in the guest: rig.sh WHAT [ARGUMENTS]
set -u
what=$1
shift
camera=/sys/bus/platform/drivers/vivid

background() { # background NAME COMMAND...: its pid is kept for `end`
  local name=$1
  shift
  setsid "$@" >"/tmp/$name.log" 2>&1 </dev/null &
  echo $! >"/tmp/$name.pid"
}
end() {
  [ -f "/tmp/$1.pid" ] && kill -TERM -- "-$(cat "/tmp/$1.pid")" 2>/dev/null
  rm -f "/tmp/$1.pid"
}
control() { v4l2-ctl -d /dev/video0 -c "$1"; }
as_kiosk() { runuser -u kiosk -- env XDG_RUNTIME_DIR="/run/user/$(id -u kiosk)" "$@"; }
until_true() { for _ in $(seq 300); do "$@" 2>/dev/null && return; sleep 0.1; done; echo "not so after 30 s: $*" >&2; exit 1; }

case $what in
setup)
  modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0 vid_cap_nr=0
  modprobe snd-aloop index=4 id=RoomMic pcm_substreams=1
  modprobe vhci-hcd
  modprobe uvcvideo
  modprobe snd-usb-audio
  udevadm settle
  v4l2-ctl -d /dev/video0 --set-fmt-video=width=640,height=360,pixelformat=YUYV >/dev/null
  control test_pattern=0
  ;;
session) # the sound server of the user at the screen, and its loudspeaker
  until_true sh -c "runuser -u kiosk -- env XDG_RUNTIME_DIR=/run/user/$(id -u kiosk) pactl list short sinks | grep -q snd_aloop"
  as_kiosk pactl set-default-sink "$(as_kiosk pactl list short sinks | awk '/snd_aloop/ {print $2; exit}')"
  as_kiosk pactl set-sink-volume @DEFAULT_SINK@ 80%
  ;;
sound) as_kiosk pactl "$@" ;; # set-source-mute @DEFAULT_SOURCE@ 1
source) # its name in the sound server: source USB_Room_Mic
  as_kiosk pactl list short sources | awk -v part="$1" 'index($2, part) && !/monitor/ {print $2; exit}'
  ;;
microphone) as_kiosk pactl "$1" "$("$0" source USB_Room_Mic)" "${@:2}" ;; # set-source-mute 1
default-source) until_true sh -c "$0 source $1 | grep -q ." && as_kiosk pactl set-default-source "$("$0" source "$1")" ;;
record) # as a program of the user at the screen does
  background record as_kiosk parec --device="$("$0" source USB_Room_Mic)" --client-name=recorder /dev/null
  ;;
record-end) end record ;;
program-start) # program-start [NAME]: a conferencing program with a page in a process of its own
  install -d -o kiosk /var/log/room-client
  cp -n /usr/bin/python3.11 /usr/local/bin/room-client
  rm -f /tmp/program.order
  echo "signed in" >/var/log/room-client/client.log
  chown kiosk /var/log/room-client/client.log
  pages=$(pgrep -fc "^/usr/local/bin/room-client .*type=renderer")
  background "${1:-program}" runuser -u kiosk -- env PYTHONHOME=/usr /usr/local/bin/room-client /opt/rig/program.py
  until_true sh -c "test \$(pgrep -fc '^/usr/local/bin/room-client .*type=renderer') -gt $pages"
  ;;
program-end) end "$1" ;;
program-signal) pkill "-$1" -f "^/usr/local/bin/room-client /opt/rig/program.py$" ;;
program-helper) pkill "-$1" -f "^/usr/local/bin/room-client .*type=renderer" ;;
program-eats) # as much memory as there is, in a unit of its own limits: the kernel ends it and nothing else
  "$0" program-signal KILL
  background program systemd-run --quiet --collect --scope -p MemoryMax=120M -p MemorySwapMax=0 \
    runuser -u kiosk -- env PYTHONHOME=/usr /usr/local/bin/room-client /opt/rig/program.py
  until_true pgrep -f "^/usr/local/bin/room-client .*type=renderer"
  sleep 3
  echo eat >/tmp/program.order
  ;;
memory-eat) # a program waits for memory nearly all the time, and the kernel says that the machine does: see there
  head -c 48M /dev/urandom >/var/tmp/memory-short
  sync
  echo 3 >/proc/sys/vm/drop_caches # a page counts for the unit that reads it first
  systemd-run --quiet --collect --unit=eater python3 /opt/rig/memory_short.py
  sleep 3
  systemctl set-property --runtime eater.service MemoryHigh=6M
  ;;
memory-free) systemctl stop eater; rm -f /var/tmp/memory-short ;;
camera-pattern) control "test_pattern=$1" && control "osd_text_mode=${2:-2}" ;; # 0 bars, 5 black, 6 white, 21 noise
camera-control) control "$1" ;; # percentage_of_dropped_buffers=100, inject_fatal_streaming_error=1
camera-unplug) echo vivid.0 >$camera/unbind ;;
camera-plug) echo vivid.0 >$camera/bind && udevadm settle ;;
camera-busy) # as the room's user, who is not the monitor's
  background busy runuser -u kiosk -- v4l2-ctl -d "${1:-/dev/video0}" --stream-mmap --stream-count=0
  ;;
camera-free) end busy ;;
usbcam-plug)
  background usbcam python3 -u /opt/rig/usb_camera.py "${1:-1}" /tmp/usbcam.order
  until_true sh -c 'ls /dev/v4l/by-id/*video-index0'
  ;;
usbcam-replug) # usbcam-replug PORT: out and in again as fast as a hand does it; the new one is ready before
  touch /tmp/usbcam.held
  background usbcam-next python3 -u /opt/rig/usb_camera.py "$1" /tmp/usbcam.order /tmp/usbcam.held
  until_true grep -q waiting /tmp/usbcam-next.log
  end usbcam
  until_true sh -c '! ls /dev/v4l/by-id/*'
  rm /tmp/usbcam.held
  mv /tmp/usbcam-next.pid /tmp/usbcam.pid
  until_true sh -c 'ls /dev/v4l/by-id/*video-index0'
  ;;
usbcam-order) echo "$*" >/tmp/usbcam.new; mv /tmp/usbcam.new /tmp/usbcam.order; until_true test ! -e /tmp/usbcam.order ;;
usbcam-unplug) end usbcam; until_true sh -c '! ls /dev/v4l/by-id/*' ;;
mic-tone) # an RMS level in dBFS, or silence
  end tone
  background tone sh -c "python3 -u /opt/rig/tone.py $1 | aplay -q -D plughw:RoomMic,1,0 -t raw -f S16_LE -c2 -r48000"
  until_true grep -q RUNNING /proc/asound/RoomMic/pcm1p/sub0/status
  ;;
mic-off) end tone ;;
mic-busy) # past the sound server, as the room's user
  background micbusy runuser -u kiosk -- arecord -q -D "${1:-hw:RoomMic,0,0}" -f S16_LE -c"${2:-2}" -r48000 /dev/null
  ;;
mic-free) end micbusy ;;
usbmic-plug)
  background usbmic python3 -u /opt/rig/usb_microphone.py 0 /tmp/usbmic.order
  until_true sh -c 'ls /dev/snd/by-id/*'
  ;;
usbmic-order) echo "$*" >/tmp/usbmic.new; mv /tmp/usbmic.new /tmp/usbmic.order; until_true test ! -e /tmp/usbmic.order ;;
usbmic-unplug) end usbmic; until_true sh -c '! ls /dev/snd/by-id/*' ;;
*)
  echo "unknown: $what" >&2
  exit 2
  ;;
esac
