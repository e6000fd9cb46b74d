#!/bin/sh
# boot.sh: in new namespaces, boots a throw-away copy of this machine's root with systemd as PID 1.
# $1 a folder for the copy; $2 the program; $3 the project's systemd folder
set -eu
box=$1
root=$box/root
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$box"
mkdir "$box/up" "$box/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$box/up,workdir=$box/work" "$root"

mount -t proc proc "$root/proc"
# What systemd sets in the kernel it would set for this whole machine.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,ro,bind "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

# Only what the distribution brings, nothing of what this machine was set up for.
for folder in run tmp dev/shm var/log var/lib/systemd etc/systemd/system etc/sysusers.d; do
    mkdir -p "$root/$folder"
    mount -t tmpfs -o mode=755 tmpfs "$root/$folder"
done
chmod 1777 "$root/tmp" "$root/dev/shm"
rm -rf "$root/etc/machine-id" "$root/etc/fstab" "$root/etc/lacquer" "$root/var/lib/lacquer"
: >"$root/etc/machine-id"
: >"$root/usr/bin/lacquer"
mount --bind "$2" "$root/usr/bin/lacquer"
units=$root/etc/systemd/system
for kernels in systemd-sysctl.service systemd-modules-load.service systemd-remount-fs.service \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount; do
    ln -s /dev/null "$units/$kernels"
done
cp "$3/lacquer.service" "$units/"
cp "$3/lacquer.sysusers" "$root/etc/sysusers.d/lacquer.conf"
printf '[Unit]\nDescription=Box under test\nRequires=basic.target\nAfter=basic.target\n' >"$units/box.target"

ip link set lo up
cd "$root"
mkdir .old
pivot_root . .old
umount -l /.old
# systemd leaves this to whoever made the container; without it no credential reaches a service.
mount --make-rshared /
systemd-sysusers
exec env -i container=unshare PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    /lib/systemd/systemd --unit=box.target --log-target=journal
