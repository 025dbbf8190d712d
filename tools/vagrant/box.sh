#!/bin/sh
# Makes a box for the Vagrant lab from Debian packages, where no box can be
# downloaded: what lab:verify brings up. Needs root, mmdebstrap, e2fsprogs and
# qemu-utils; takes about two minutes.
#
#     box.sh FILE.box
#
# No boot loader: the box's own Vagrantfile names the kernel that lies beside it.
set -eu
box=$1
work=$(mktemp -d /var/tmp/nftproof-box.XXXXXX)
trap 'rm -rf "$work"' EXIT
packages=linux-image-amd64,systemd-sysv,systemd-resolved,udev,dbus,openssh-server,sudo,rsync,procps,util-linux,mount,nftables,iptables,iproute2,iputils-ping,git,ca-certificates,nodejs,npm
mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' \
  --include="$packages" bookworm "$work/root"

root=$work/root
chroot "$root" useradd --create-home --shell /bin/bash vagrant
install -d -m 700 "$root/home/vagrant/.ssh"
# Vagrant's well-known key: it puts one of its own in its place at the first start.
cp "$(find /usr/share /opt -path '*vagrant*/keys/vagrant.pub' | head -n 1)" "$root/home/vagrant/.ssh/authorized_keys"
chmod 600 "$root/home/vagrant/.ssh/authorized_keys"
chroot "$root" chown -R vagrant:vagrant /home/vagrant/.ssh
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/vagrant"
echo nftproof > "$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 nftproof\n' > "$root/etc/hosts"
echo '/dev/vda / ext4 defaults 0 1' > "$root/etc/fstab"
# The first interface is Vagrant's own; DHCP servers of libvirt know it by its MAC.
cat > "$root/etc/systemd/network/eth0.network" <<'NETWORK'
[Match]
Name=eth0
[Network]
DHCP=ipv4
[DHCPv4]
ClientIdentifier=mac
NETWORK
chroot "$root" systemctl enable --quiet systemd-networkd ssh

mkdir "$work/box"
cp -L "$root"/boot/vmlinuz-* "$work/box/vmlinuz"
cp -L "$root"/boot/initrd.img-* "$work/box/initrd"
truncate -s 4G "$work/disk.raw"
mke2fs -q -t ext4 -d "$root" "$work/disk.raw"
qemu-img convert -O qcow2 "$work/disk.raw" "$work/box/box.img"
echo '{"provider":"libvirt","format":"qcow2","virtual_size":4}' > "$work/box/metadata.json"
cat > "$work/box/Vagrantfile" <<'VAGRANTFILE'
Vagrant.configure('2') do |config|
  config.vm.provider :libvirt do |libvirt|
    libvirt.kernel = File.expand_path('vmlinuz', __dir__)
    libvirt.initrd = File.expand_path('initrd', __dir__)
    libvirt.cmd_line = 'root=/dev/vda rw net.ifnames=0 console=ttyS0'
  end
end
VAGRANTFILE
tar -C "$work/box" -cf - . | gzip -1 > "$box"
