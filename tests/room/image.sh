#!/usr/bin/env bash
# Builds the virtual meeting-room PC: Debian 12 with systemd, the stock camera and sound drivers and PipeWire, and
# roomwatch installed from this source tree by the very lines of docs/install.md. Needs root; no loop devices.
# Usage: tests/room/image.sh [FOLDER]     (default $ROOMWATCH_VROOM or ~/.cache/roomwatch-virtual-room)
# FOLDER then holds vmlinuz, initrd.zst and root.qcow2; the packages stay cached in FOLDER/build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_tree=$(cd "$here/../.." && pwd)
out=${1:-${ROOMWATCH_VROOM:-$HOME/.cache/roomwatch-virtual-room}}
work=$out/build
root=$work/root
size=${SIZE:-4G}
mkdir -p "$work/debs" "$work/wheels"
say() { printf '%s %5d s  %s\n' image "$SECONDS" "$*"; }

# What the room PC has beside a minimal Debian. The second line is what docs/install.md asks for.
packages=systemd,systemd-sysv,udev,dbus,libpam-systemd,dbus-user-session,iproute2,procps,kmod,qemu-guest-agent
packages+=,$("$source_tree/bench/install_by_hand.sh" "$source_tree/docs/install.md" | sed -n 's/^apt-get install --no-install-recommends //p' | tr ' ' ,)
packages+=,alsa-utils,v4l-utils,usbutils,strace
packages+=,pipewire,pipewire-bin,pipewire-pulse,pipewire-alsa,wireplumber

# The devices and the network of the rig: virtual camera, webcam and microphone over USB/IP, a sound loop.
modules="virtio_pci virtio_blk virtio_net virtio_console virtio_rng ext4 crc32c_generic crc32c_intel af_packet
  vivid uvcvideo snd-aloop snd-usb-audio snd-hrtimer snd-seq usbip-core vhci-hcd xhci_pci
  sch_netem sch_fq_codel dummy veth nf_tables nft_reject_inet nft_ct autofs4 fuse configfs softdog"

host_packages() {
  local missing=()
  for package in qemu-system-x86 qemu-utils debootstrap cpio zstd busybox-static kmod e2fsprogs; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

kernel() { # the standard flavour: the cloud flavour has no sound, media or USB
  local package
  package=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ {print $2; exit}')
  version=${package#linux-image-}
  (cd "$work" && if [ ! -f "$package.deb" ]; then
    apt-get -o APT::Sandbox::User=root download -qq "$package" && mv "${package}"_*.deb "$package.deb"
  fi)
  rm -rf "$work/kernel"
  dpkg -x "$work/$package.deb" "$work/kernel"
  depmod -b "$work/kernel" "$version"
  cp "$work/kernel/boot/vmlinuz-$version" "$out/vmlinuz"
}

module_files() {
  for module in "$@"; do
    modprobe -d "$work/kernel" -S "$version" --show-depends "$module" 2>/dev/null | awk '/^insmod/ {print $2}'
  done | awk '!seen[$0]++'
}

clear_root() { # an interrupted debootstrap leaves this machine's /proc mounted in there: never delete through it
  if grep -q " $root" /proc/mounts; then
    awk -v root="$root" 'index($2, root) == 1 {print $2}' /proc/mounts | sort -r | xargs -r -n1 umount
  fi
  rm -rf --one-file-system "$root"
}

debian() {
  local mirror cached
  mirror=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' | head -1) # the one this machine uses
  cached=$work/root-$(echo "$packages" | sha256sum | cut -c1-12).tar.zst
  clear_root
  if [ ! -f "$cached" ]; then
    debootstrap --variant=minbase --cache-dir="$work/debs" --include="$packages" bookworm "$root" "$mirror" \
      >"$work/debootstrap.log" 2>&1 || { tail -20 "$work/debootstrap.log"; exit 1; }
    tar -C "$root" --one-file-system -cf - . | zstd -q -3 -T0 -f -o "$cached"
  else
    mkdir -p "$root"
    zstd -dcq "$cached" | tar -C "$root" -xpf -
  fi
  install -Dm644 -t "$root/lib/modules/$version" "$work/kernel/lib/modules/$version"/modules.{order,builtin,builtin.modinfo}
  # shellcheck disable=SC2086
  module_files $modules | while read -r file; do
    install -Dm644 "$file" "$root/lib/modules/$version/${file#*"/lib/modules/$version/"}"
  done
  depmod -b "$root" "$version"
}

in_guest() { # with /proc, mounted where only this command sees it
  # shellcheck disable=SC2016
  unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" \
    /usr/bin/env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

settle() { # names, users and what a room PC does not need; `room` is who is logged in at its screen
  echo roompc >"$root/etc/hostname"
  printf '127.0.0.1 localhost roompc\n' >"$root/etc/hosts"
  printf '/dev/vda / ext4 defaults,noatime 0 0\n' >"$root/etc/fstab"
  printf '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\n' >"$root/etc/systemd/network/20-wired.network"
  install -d "$root/etc/systemd/journald.conf.d" "$root/var/lib/systemd/linger" "$root/opt/rig"
  printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\n' >"$root/etc/systemd/journald.conf.d/rig.conf"
  in_guest useradd -m -s /bin/bash -G audio,video room
  touch "$root/var/lib/systemd/linger/room"
  install -m755 "$here"/guest/* "$root/opt/rig/"
  in_guest systemctl -q enable systemd-networkd
  in_guest systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    fstrim.timer systemd-networkd-wait-online.service getty@tty1.service systemd-pstore.service \
    systemd-binfmt.service proc-sys-fs-binfmt_misc.mount
  in_guest systemctl -q set-default multi-user.target
  echo 5b1f0c6d8c6f4b7ea1c2d3e4f5061728 >"$root/etc/machine-id"
}

roomwatch() { # the lines of docs/install.md, from the wheels of the lock: inside there is no network
  python3 -m pip download -q --disable-pip-version-check --only-binary :all: --python-version 3.11 --abi cp311 --abi abi3 \
    --abi none --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
    --platform manylinux2014_x86_64 --platform manylinux_2_5_x86_64 --platform manylinux1_x86_64 --platform any \
    --require-hashes -r "$source_tree/requirements.lock" -d "$work/wheels" \
    2> >(grep -v '^WARNING: Location' >&2)
  install -d "$root/root/roomwatch" "$root/root/wheels"
  tar -C "$source_tree" --exclude=.venv --exclude=.git --exclude=tests -cf - . | tar -C "$root/root/roomwatch" -xf -
  cp "$work"/wheels/* "$root/root/wheels/"
  # But for Debian's packages, which are there, and for the start of the service, which is the bench's to do.
  "$source_tree/bench/install_by_hand.sh" "$source_tree/docs/install.md" | grep -Ev '^(systemctl|apt-get) ' >"$root/root/install.sh"
  in_guest PIP_QUIET=1 PIP_NO_INDEX=1 PIP_FIND_LINKS=/root/wheels PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    sh -ec 'cd /root/roomwatch && . /root/install.sh'
  rm -rf "$root/root/wheels" "$root/root/roomwatch"
}

disk() {
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}
  rm -f "$work/root.ext4"
  truncate -s "$size" "$work/root.ext4"
  mkfs.ext4 -q -F -O ^has_journal,^metadata_csum -E lazy_itable_init=1,root_owner=0:0 -m 0 -d "$root" "$work/root.ext4"
  qemu-img convert -q -f raw -O qcow2 "$work/root.ext4" "$out/root.qcow2"
  rm -f "$work/root.ext4"
  rm -f "$out"/*/disk.qcow2 # overlays of the old image
}

first_stage() { # an initramfs of busybox, the disk's driver and ext4
  local stage=$work/initrd number=0
  rm -rf "$stage"
  mkdir -p "$stage"/{bin,modules,dev,proc,sys,new}
  cp /bin/busybox "$stage/bin/busybox"
  for file in $(module_files virtio_pci virtio_blk crc32c_generic ext4); do
    number=$((number + 1))
    cp "$file" "$stage/modules/$(printf %02d $number)-$(basename "$file")"
  done
  cat >"$stage/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs d /dev; $b mount -t proc p /proc; $b mount -t sysfs s /sys
for module in /modules/*; do $b insmod "$module"; done
n=0; while [ ! -b /dev/vda ] && [ $n -lt 200 ]; do $b sleep 0.05; n=$((n + 1)); done
$b mount -t ext4 -o noatime /dev/vda /new || exec $b sh
$b mount --move /dev /new/dev; $b umount /proc; $b umount /sys
exec $b switch_root /new /sbin/init
INIT
  chmod +x "$stage/init"
  (cd "$stage" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 | zstd -q -9 -f -o "$out/initrd.zst")
}

host_packages
say packages of this machine
kernel
say kernel "$version"
debian
say Debian
settle
say settings
roomwatch
say roomwatch as docs/install.md installs it by hand
disk
say disk
first_stage
say first stage
