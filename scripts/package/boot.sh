# In namespaces of its own (unshare): the tree $1 as a machine whose pid 1 is systemd. By pivot_root: in
# a chroot the kernel gives no user namespaces, which hardened units want.
set -eu
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount --rbind /dev "$root/dev"
ip link set lo up
cd "$root"
mkdir -p old
pivot_root . old
umount -l /old
exec env -i container=lull PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=no multi-user.target
