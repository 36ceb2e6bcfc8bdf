# The system calls that Perl has no word for, by number, and the structures they take; nothing is loaded but perl-base itself.
package Kernel;
use strict;
use warnings;

use constant {
    AT_FDCWD            => -100,
    AT_SYMLINK_NOFOLLOW => 0x100,
    AT_EMPTY_PATH       => 0x1000,
    AT_RECURSIVE        => 0x8000,
    CLONE_NEWNS         => 0x00020000,
    CLONE_NEWPID        => 0x20000000,
    MNT_DETACH          => 2,
    UMOUNT_NOFOLLOW     => 8,
    MS_RDONLY           => 1,
    MS_PRIVATE          => 1 << 18,
    MOUNT_ATTR_RDONLY   => 1,
    MOUNT_ATTR_NOSUID   => 2,
    MOUNT_ATTR_NODEV    => 4,
    MOUNT_ATTR_NOEXEC   => 8,
    O_RDONLY            => 0,
    O_WRONLY            => 1,
    O_CREAT             => 0100,
    O_EXCL              => 0200,
    O_NONBLOCK          => 04000,
    O_CLOEXEC           => 02000000,
    O_PATH              => 010000000,
    POLLHUP             => 0x10,
    POLLERR             => 0x08,
    S_IFMT              => 0170000,
    S_IFDIR             => 0040000,
    S_IFREG             => 0100000,
    S_IFLNK             => 0120000,
    S_IFCHR             => 0020000,
    S_IFBLK             => 0060000,
    S_IFIFO             => 0010000,
    S_IFSOCK            => 0140000,
    ENOENT              => 2,
    EINTR               => 4,
    EPERM               => 1,
    EEXIST              => 17,
    ENOTDIR             => 20,
    EROFS               => 30,
    ENODATA             => 61,
    EOPNOTSUPP          => 95,
};

# name => [x86_64, aarch64]; what is new since 2019 has one number everywhere.
my %NUMBERS = (
    openat      => [ 257, 56 ],
    close       => [ 3, 57 ],
    sendfile    => [ 40, 71 ],
    ppoll       => [ 271, 73 ],
    mknodat     => [ 259, 33 ],
    fchownat    => [ 260, 54 ],
    faccessat   => [ 269, 48 ],
    utimensat   => [ 280, 88 ],
    statx       => [ 332, 291 ],
    lsetxattr   => [ 189, 6 ],
    fsetxattr   => [ 190, 7 ],
    lgetxattr   => [ 192, 9 ],
    mount       => [ 165, 40 ],
    umount2     => [ 166, 39 ],
    pivot_root  => [ 155, 41 ],
    unshare     => [ 272, 97 ],
    setns       => [ 308, 268 ],
    prctl       => [ 157, 167 ],
    capset      => [ 126, 91 ],
    prlimit64   => [ 302, 261 ],
    open_tree   => [ 428, 428 ],
    move_mount  => [ 429, 429 ],
    fsopen      => [ 430, 430 ],
    fsconfig    => [ 431, 431 ],
    fsmount     => [ 432, 432 ],
    openat2     => [ 437, 437 ],
    mount_setattr => [ 442, 442 ],
    execve      => [ 59, 221 ],
    execveat    => [ 322, 281 ],
    socket      => [ 41, 198 ],
    ptrace      => [ 101, 117 ],
    bpf         => [ 321, 280 ],
    keyctl      => [ 250, 219 ],
);
# What AUDIT_ARCH of <linux/audit.h> says of each.
my @AUDIT_ARCH = ( 0xc000003e, 0xc00000b7 );
my $machine;

# 'x64' or 'arm64', as Node names the machine.
sub init {
    my ($arch) = @_;
    $machine = $arch eq 'x64' ? 0 : $arch eq 'arm64' ? 1 : die "no system call numbers for $arch\n";
}

# These two have other numbers on ARM.
sub O_DIRECTORY() { $machine ? 040000 : 0200000 }
sub O_NOFOLLOW()  { $machine ? 0100000 : 0400000 }

sub number     { $NUMBERS{ $_[0] }[$machine] // die "no system call $_[0]\n" }
sub audit_arch { $AUDIT_ARCH[$machine] }

# Text goes by address and numbers by value: a text that was once used as a number would be taken for one, so callers pass "$text".
# The arguments are not copied: the kernel fills the caller's own buffer.
sub call { return syscall $NUMBERS{ $_[0] }[$machine], @_[ 1 .. $#_ ] }

sub must {
    my $result = &call;
    die "$_[0]: $!\n" if $result == -1;
    return $result;
}

# Attributes and propagation of a mount, or of all below it with AT_RECURSIVE in $flags.
sub mount_attributes {
    my ( $fd, $path, $flags, $set, $propagation ) = @_;
    my $attr = pack 'Q4', $set, 0, $propagation, 0;
    must( 'mount_setattr', $fd, "$path", $flags, $attr, length $attr );
}

# A copy of a mount that is attached nowhere; with AT_RECURSIVE also what is mounted below it. Returns its file descriptor.
sub clone_mount {
    my ( $path, $flags ) = @_;
    return must( 'open_tree', AT_FDCWD, "$path", 1 | O_CLOEXEC | $flags );
}

# Follows a symbolic link at the end of $path.
sub attach_mount {
    my ( $fd, $path ) = @_;
    my $none = '';
    must( 'move_mount', $fd, $none, AT_FDCWD, "$path", 0x04 | 0x10 );
}

# {mode, nlink, uid, gid, ino, size, mtime => [s, ns], rdev => [major, minor], dev, mount} of a path, itself if it is a link; undef with $!.
sub statx {
    my ( $path, $fd, $flags ) = @_;
    my $buffer = "\0" x 256;
    my $result = call( 'statx', $fd // AT_FDCWD, "$path", $flags // AT_SYMLINK_NOFOLLOW, 0x17ff, $buffer );
    return undef if $result == -1;
    my ( $nlink, $uid, $gid, $mode, $ino, $size ) = unpack 'x16 L L L S x2 Q Q', $buffer;
    my ( $s, $ns )                              = unpack 'x112 q L', $buffer;
    my ( $rmajor, $rminor, $major, $minor, $mount ) = unpack 'x128 L L L L Q', $buffer;
    return {
        mode => $mode, nlink => $nlink, uid => $uid, gid => $gid, ino => $ino, size => $size,
        mtime => [ $s, $ns ], rdev => [ $rmajor, $rminor ], dev => "$major:$minor", mount => $mount,
    };
}

# The value of an extended attribute of the file itself, or undef.
sub xattr {
    my ( $path, $name ) = @_;
    my $buffer = "\0" x 1024;
    my $length = call( 'lgetxattr', "$path", "$name", $buffer, length $buffer );
    return $length == -1 ? undef : substr $buffer, 0, $length;
}

# Sets access and modification time: of a file descriptor when $path is undef, else of the path itself, also if it is a link.
sub set_times {
    my ( $fd, $path, $atime, $mtime ) = @_;
    my $times = pack 'q4', @$atime, @$mtime;
    return 0 == ( defined $path
        ? call( 'utimensat', AT_FDCWD, "$path", $times, AT_SYMLINK_NOFOLLOW )
        : call( 'utimensat', $fd, 0, $times, 0 ) );
}

# The error of the last system call in Go's words: dockerd's texts hold them.
sub error {
    my $text = "$!";
    return $text =~ /^[A-Z][a-z]/ ? lcfirst $text : $text;
}

1;
