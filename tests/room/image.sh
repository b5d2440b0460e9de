#!/usr/bin/env bash
# Builds the disk of the virtual meeting-room PC: Debian 12 with systemd, the stock camera and sound drivers, PipeWire
# of the user at the screen, and what Debian's own packages the product's package needs; not the product. Needs root.
# Usage: tests/room/image.sh FOLDER     FOLDER then holds vmlinuz, initrd.zst, power.aml and root.qcow2
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/environment"
. "$root/scripts/debian-root"
out=$(mkdir -p "$1" && realpath "$1")
work=$out/build
debian=$work/root
size=${SIZE:-4G}
mkdir -p "$work"
say() { printf '%s %5d s  %s\n' image "$SECONDS" "$*" >&2; }

packages=(systemd systemd-sysv udev dbus dbus-user-session libpam-systemd iproute2 iputils-ping procps kmod
  qemu-guest-agent ca-certificates wget nftables
  python3 python3-numpy adduser libc6 libgcc-s1 libgfortran5 liblapack3 libpango-1.0-0 libpangoft2-1.0-0 libportaudio2 libstdc++6
  libxcb1 polkitd zlib1g
  libasound2-plugins pulseaudio-utils
  alsa-utils v4l-utils usbutils pipewire pipewire-bin pipewire-pulse pipewire-alsa wireplumber)

# The devices of the rig: virtual camera, webcam and microphone over USB/IP, a sound loop, mains and
# battery.
modules="virtio_pci virtio_blk virtio_net virtio_console virtio_rng ext4 crc32c_generic crc32c_intel af_packet
  vivid uvcvideo snd-aloop snd-usb-audio snd-hrtimer snd-seq usbip-core vhci-hcd xhci_pci ac battery
  sch_netem sch_fq_codel nf_tables nft_reject_inet nft_ct autofs4 fuse configfs softdog"

unpack() { # unpack PACKAGE FOLDER: what a Debian package holds, without installing it here
  [ -f "$work/$1.deb" ] || (cd "$work" && apt-get -o APT::Sandbox::User=root download -qq "$1" && mv "$1"_*.deb "$1.deb")
  rm -rf "${work:?}/$2"
  dpkg -x "$work/$1.deb" "$work/$2"
}

kernel() { # the standard flavour: the cloud flavour has no sound, media or USB
  local package
  package=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ {print $2; exit}')
  version=${package#linux-image-}
  unpack "$package" kernel
  depmod -b "$work/kernel" "$version"
  cp "$work/kernel/boot/vmlinuz-$version" "$out/vmlinuz"
}

module_files() {
  for module in "$@"; do
    modprobe -d "$work/kernel" -S "$version" --show-depends "$module" 2>/dev/null | awk '/^insmod/ {print $2}'
  done | awk '!seen[$0]++'
}

system() {
  local made
  made=$(debian_root bookworm guest "${packages[@]}")
  rm -rf --one-file-system "$debian"
  cp -a "$made" "$debian"
  install -Dm644 -t "$debian/lib/modules/$version" "$work/kernel/lib/modules/$version"/modules.{order,builtin,builtin.modinfo}
  # shellcheck disable=SC2086
  module_files $modules | while read -r file; do
    install -Dm644 "$file" "$debian/lib/modules/$version/${file#*"/lib/modules/$version/"}"
  done
  depmod -b "$debian" "$version"
}

in_guest() {
  chroot "$debian" /usr/bin/env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

settle() { # names, users and what a room PC does not need; `kiosk` is who is logged in at its screen
  echo roompc >"$debian/etc/hostname"
  printf '127.0.0.1 localhost roompc\n' >"$debian/etc/hosts"
  printf 'nameserver 192.0.2.53\n' >"$debian/etc/resolv.conf"
  printf '/dev/vda / ext4 defaults,noatime 0 0\n' >"$debian/etc/fstab"
  printf '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=yes\n' >"$debian/etc/systemd/network/20-wired.network"
  # The wire on which the test watches. It leads nowhere else.
  printf '[Match]\nName=eth1\n[Network]\nAddress=172.31.0.2/24\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n' \
    >"$debian/etc/systemd/network/30-watching.network"
  install -d "$debian/etc/systemd/journald.conf.d" "$debian/var/lib/systemd/linger" "$debian/opt/rig"
  printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\n' >"$debian/etc/systemd/journald.conf.d/rig.conf"
  in_guest useradd -m -s /bin/bash -G audio,video kiosk
  touch "$debian/var/lib/systemd/linger/kiosk"
  rm -f "$debian"/etc/apt/sources.list "$debian"/etc/apt/apt.conf.d/90this-machine
  in_guest systemctl -q enable systemd-networkd
  in_guest systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    fstrim.timer systemd-networkd-wait-online.service getty@tty1.service systemd-pstore.service \
    systemd-binfmt.service proc-sys-fs-binfmt_misc.mount
  in_guest systemctl -q set-default multi-user.target
  echo 5b1f0c6d8c6f4b7ea1c2d3e4f5061728 >"$debian/etc/machine-id"
}

disk() {
  rm -rf "$debian"/var/cache/apt/archives/*.deb "$debian"/var/lib/apt/lists/* "$debian"/usr/share/{doc,man,locale}
  rm -f "$work/root.ext4"
  truncate -s "$size" "$work/root.ext4"
  mkfs.ext4 -q -F -E lazy_itable_init=1,root_owner=0:0 -m 0 -d "$debian" "$work/root.ext4"
  qemu-img convert -q -f raw -O qcow2 "$work/root.ext4" "$out/root.qcow2"
  rm -rf --one-file-system "$work/root.ext4" "$debian"
}

first_stage() { # an initramfs of busybox, the disk's driver and ext4
  local stage=$work/initrd number=0
  rm -rf "$stage"
  mkdir -p "$stage"/{bin,modules,dev,proc,sys,new}
  unpack busybox-static busybox
  cp "$work/busybox/bin/busybox" "$stage/bin/busybox"
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

need_debian acpica-tools cpio zstd kmod e2fsprogs debootstrap qemu-utils
kernel
say kernel "$version"
system
say Debian
settle
disk
say disk
first_stage
iasl -p "$out/power" "$root/tests/room/power.asl" >/dev/null
say first stage
