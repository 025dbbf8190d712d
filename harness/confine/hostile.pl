#!/usr/bin/perl
# A script that tries to get out. Each attempt ends as "name:no" with the error, or as
# "name:REACHED". What the test has laid out for it to find is named by variables.
use strict; use warnings; use Errno; use Fcntl; use Socket; use POSIX ();

my $x64 = `uname -m` =~ /x86_64/;
my %N = (mount => [165, 40], umount2 => [166, 39], pivot_root => [155, 41], chroot => [161, 51],
  setns => [308, 268], unshare => [272, 97], clone => [56, 220], clone3 => [435, 435], ptrace => [101, 117],
  process_vm_readv => [310, 270], pidfd_open => [434, 434], pidfd_getfd => [438, 438], kcmp => [312, 272],
  keyctl => [250, 219], add_key => [248, 217], request_key => [249, 218], bpf => [321, 280],
  perf_event_open => [298, 241], io_uring_setup => [425, 425], userfaultfd => [323, 282],
  kexec_load => [246, 104], init_module => [175, 105], finit_module => [313, 273], delete_module => [176, 106],
  syslog => [103, 116], name_to_handle_at => [303, 264], open_by_handle_at => [304, 265], reboot => [169, 142],
  swapon => [167, 224], acct => [163, 89], settimeofday => [164, 170], sethostname => [170, 161],
  open_tree => [428, 428], fsopen => [430, 430], move_mount => [429, 429], mount_setattr => [442, 442],
  fanotify_init => [300, 262], quotactl => [179, 60], mknodat => [259, 33], mq_open => [180 + 60, 180],
  shmctl => [31, 195], shmat => [30, 196], prctl => [157, 167], capset => [126, 91], setuid => [105, 146]);
sub nr { $N{$_[0]}[$x64 ? 0 : 1] }

my (@all, @reached);
sub told { my ($name, $reached, $why) = @_; $why //= '';
  push @all, "$name:" . ($reached ? 'REACHED' : 'no'); push @reached, "$name($why)" if $reached; }
# A call must fail, and by a refusal: a call that fails for want of sense might have been made.
sub refused { my ($name, $call, @args) = @_; $! = 0; my $result = syscall(nr($call), @args);
  my $why = $! . ''; my $ok = $result == -1 && ($!{EPERM} || $!{ENOSYS}); told($name, !$ok, "$result, $why"); }
sub opened { my ($name, $flags, @paths) = @_; my @got;
  for (@paths) { if (sysopen my $f, $_, $flags) { push @got, $_ } } told($name, scalar @got, "@got"); }
sub readable { my ($name, $words, @paths) = @_; my @got;
  for my $p (@paths) { if (open my $f, '<', $p) { local $/; my $t = <$f> // ''; push @got, $p if index($t, $words) >= 0 } }
  told($name, scalar @got, "@got"); }
my %E = map { $_ => $ENV{"CANARY_$_"} // '' } qw(FILE WORDS SOCKET NEAR ABSTRACT PID SHM FIFO SECRET HOST);
my $W = O_WRONLY | O_NONBLOCK;

# The disk.
opened('disk through 1', O_WRONLY, map { "/proc/$_/root$E{FILE}" } 1, $$, getppid);
opened('disk by its path', O_WRONLY, $E{FILE});
opened('disk from cwd', O_WRONLY, map { "/proc/$_/cwd/../../../../../..$E{FILE}" } 1, $$);
readable('secret words', $E{WORDS}, $E{FILE}, map({ "$E{NEAR}/$_" } '.git/config', '.env', 'sub/.netrc'), '/root/.ssh/id', "$E{FILE}.key");
readable('shadow', ':', '/etc/shadow', '/etc/gshadow', '/etc/sudoers');
opened('disks and memory', O_RDONLY | O_NONBLOCK, qw(/dev/mem /dev/kmem /dev/kmsg /dev/vda /dev/sda /dev/fuse /dev/kvm /dev/net/tun /dev/port), glob '/dev/loop*');
told('device made', !syscall(nr('mknodat'), -100, my $disk = '/tmp/disk', 0060600, 0xfe00), $!);
told('null changed', chmod(0600, '/dev/null') + chown(12, 12, '/dev/null') + utime(1, 1, '/dev/null'), $!);
{ open my $in, '<&=', 0; told('input changed', eval { chmod 0600, $in }, $!); }

# The kernel's files.
sub below { my ($folder, $not) = @_; my @found; my @todo = ($folder);
  while (defined(my $at = shift @todo)) { opendir my $d, $at or next;
    for (readdir $d) { next if /^\.\.?$/; my $p = "$at/$_"; next if -l $p || ($not && index($p, $not) == 0); -d _ ? push @todo, $p : push @found, $p; } }
  @found }
opened('settings', $W, below('/proc/sys', '/proc/sys/net'));
opened('sys', $W, below('/sys'));
opened('proc', $W, grep { -f && !m{^/proc/(?:self|thread-self|net|mounts)} } glob '/proc/[a-z]* /proc/[a-z]*/*');
opened('core_pattern', $W, '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger');
opened('kernel memory', O_RDONLY, grep { -s } qw(/proc/kcore /proc/kmsg));
readable('kernel log', ' ', '/proc/kallsyms', '/proc/keys', '/proc/kmsg', '/proc/timer_list');

# Mounts and namespaces.
refused('mount', 'mount', my $n = 'none', my $t = '/tmp', my $k = 'tmpfs', 0, 0);
refused('umount', 'umount2', my $s = '/etc/shadow', 2);
refused('remount', 'mount', $n, my $y = '/sys', $k, 32 | 4096, 0);
refused('pivot', 'pivot_root', $t, $t);
refused('chroot', 'chroot', $t);
refused('open_tree', 'open_tree', -100, my $r = '/', 1);
refused('fsopen', 'fsopen', $k, 0);
refused('mount_setattr', 'mount_setattr', -100, $y, 0, my $at = "\0" x 32, 32);
refused('handle', 'name_to_handle_at', -100, $r, my $h = "\0" x 200, my $m = "\0" x 8, 0);
refused('by handle', 'open_by_handle_at', 0, $h, 0);
refused('fanotify', 'fanotify_init', 0, 0);
refused('user namespace', 'unshare', 0x10000000);
refused('network namespace', 'unshare', 0x40000000);
refused('clone', 'clone', 0x10000000 | 17, 0, 0, 0, 0);
refused('clone3', 'clone3', $h, 88);
for (glob '/proc/1/ns/*') { if (open my $ns, '<', $_) { refused("setns $_", 'setns', fileno $ns, 0) } }

# Processes.
told('others seen', scalar(grep { !/^(?:1|$$|@{[getppid]})$/ } map { m{(\d+)} } glob '/proc/[0-9]*'));
told('kill', kill(9, $E{PID}), $!);
refused('ptrace', 'ptrace', 16, $E{PID}, 0, 0);
refused('ptrace 1', 'ptrace', 0x4206, 1, 0, 0);
refused('memory of 1', 'process_vm_readv', 1, $h, 1, $h, 1, 0);
refused('descriptor of 1', 'pidfd_getfd', 3, 0, 0);
refused('kcmp', 'kcmp', 1, 1, 0, 0, 0);
my @other = grep { !m{^(?:/dev/null|/run/nftproof/scripts/\S+(?: \(deleted\))?|pipe:\[\d+\]|/proc/\S*|\Q$0\E|\Q$E{NEAR}\E/.*)$} } map { readlink($_) // () } glob '/proc/[0-9]*/fd/*';
told('descriptors', scalar @other, "@other");
told('proc inherited', scalar grep { -d "$_/1/root" && $_ !~ m{^/proc/(?:self|\d+)} } glob '/proc/[0-9]*/fd/*');
told('secret variable', scalar grep { index($_, $E{SECRET}) >= 0 } keys %ENV, map { open my $f, '<', $_; local $/; $f ? <$f> // '' : '' } glob '/proc/[0-9]*/environ');

# What goes from process to process.
for (['socket', $E{SOCKET}], ['socket near', "$E{NEAR}/socket"], ['abstract socket', "\0$E{ABSTRACT}"], ['engine', '/var/run/docker.sock'], ['bus', '/run/dbus/system_bus_socket']) {
  my ($name, $path) = @$_; socket my $c, AF_UNIX, SOCK_STREAM, 0; told($name, connect($c, pack_sockaddr_un($path)) ? 1 : 0, $!); }
{ my $got = sysopen my $f, $E{FIFO}, O_WRONLY | O_NONBLOCK; told('pipe', $got && syswrite $f, 'x'); }
told('shared memory', shmctl($E{SHM}, 0, 0) ? 1 : 0, $!);
{ my $buffer; told('shared memory read', shmread($E{SHM}, $buffer, 0, 1) ? 1 : 0, $!); }
refused('keyring', 'keyctl', 0, -4, 1);
refused('key', 'add_key', my $ku = 'user', my $kd = 'nftproof', my $kp = 'x', 1, -4);
refused('request key', 'request_key', $ku, $kd, 0, 0);

# The kernel.
my $ba = pack('L4', 2, 4, 8, 1) . "\0" x 100;
refused('bpf', 'bpf', 0, $ba, 116);
my $pa = pack('LL', 1, 112) . "\0" x 104;
refused('perf', 'perf_event_open', $pa, -1, 0, -1, 0);
refused('io_uring', 'io_uring_setup', 1, my $ia = "\0" x 120);
refused('userfaultfd', 'userfaultfd', 0);
refused('kexec', 'kexec_load', 0, 0, 0, 0);
refused('module', 'init_module', $h, 10, my $e = '');
refused('module of a file', 'finit_module', 0, $e, 0);
refused('module removed', 'delete_module', $kd, 0);
refused('log', 'syslog', 3, $h, 100);
refused('reboot', 'reboot', 0xfee1dead, 0x28121969, 0, 0);
refused('swap', 'swapon', $t, 0);
refused('accounting', 'acct', $t);
refused('clock', 'settimeofday', 0, 0);
refused('quota', 'quotactl', 0, $n, 0, 0);
refused('host name', 'sethostname', $E{HOST}, length $E{HOST});
{ my $size = 'x'; told('typed words', defined ioctl(STDIN, 0x5412, $size) || !$!{EPERM}, $!); }
for ([16, 9, 'audit'], [16, 21, 'ciphers'], [16, 11, 'connector'], [40, 0, 'vsock'], [38, 0, 'alg'], [44, 0, 'xdp'], [15, 2, 'key sockets'], [31, 0, 'bluetooth']) {
  my ($family, $protocol, $name) = @$_; told($name, socket(my $c, $family, $family == 38 ? 5 : 3, $protocol) || ($family != 16 && !$!{EAFNOSUPPORT}) || ($family == 16 && !$!{EPERM}), $!); }

# Rights and limits.
open my $st, '<', '/proc/self/status'; my %st = map { /^(\w+):\s+(\S+)/ ? ($1, $2) : () } <$st>;
told('capabilities', scalar(grep { hex($st{$_}) & ~0x3002 } qw(CapInh CapPrm CapEff CapBnd CapAmb)), "$st{CapEff} $st{CapBnd}");
told('new privileges', $st{NoNewPrivs} != 1 || $st{Seccomp} != 2);
{ my $pid = fork; if (!$pid) { $SIG{XFSZ} = 'IGNORE'; open my $f, '>', '/tmp/large'; seek $f, 80 << 20, 0; POSIX::_exit(syswrite($f, 'x') ? 1 : 0) } waitpid $pid, 0; told('large file', $?, $?); }
{ my $got = 0; my $d = 'x' x (1 << 20); for my $i (1 .. 40) { open my $f, '>', "/tmp/f$i" or last; for (1 .. 20) { last unless defined syswrite $f, $d; $got++ } } unlink glob '/tmp/f*'; told('memory of files', $got > 600, $got); }

print join(',', @all), "\nREACHED: ", (@reached ? join('; ', @reached) : 'nothing'), "\n";
exit 9;
