# Mounts of volumes in the host's own mount namespace: one with a device, and a part of one.
package Volumes;
use strict;
use warnings;

use constant { MS_BIND => 4096, MS_REC => 16384, MS_RDONLY => 1, MS_REMOUNT => 32 };
use constant { RESOLVE_NO_MAGICLINKS => 0x02, RESOLVE_BENEATH => 0x08, EXDEV => 18 };

# mount <source> <target> <type> <flags> <data> <propagation>: as dockerd does it, in up to three calls. undef, or what the kernel says.
sub mount_device {
    my ( $source, $target, $type, $flags, $data, $propagation ) = @_;
    $_ += 0 for $flags, $propagation;
    call( $source, $target, $type, $flags, $data ) or return failed();
    my $none = '';
    if ($propagation) { call( $none, $target, $none, $propagation, $none ) or return undo( $target, failed() ) }
    if ( $flags & MS_BIND && $flags & ~( MS_BIND | MS_REC ) ) {
        call( $none, $target, $none, ( $flags & ~MS_REC ) | MS_REMOUNT, $none ) or return undo( $target, failed() );
    }
    return {};
}

sub call {
    my ( $source, $target, $type, $flags, $data ) = @_;
    return 0 == Kernel::call( 'mount', "$source", "$target", "$type", $flags, "$data" );
}

sub failed { return { failed => Kernel::error() } }

sub undo {
    my ( $target, $answer ) = @_;
    Kernel::call( 'umount2', "$target", Kernel::MNT_DETACH );
    return $answer;
}

# What is at a subpath, whatever links are on the way; or undef, and what to answer.
sub beneath {
    my ( $volume, $subpath ) = @_;
    sysopen my $root, $volume, Kernel::O_PATH | Kernel::O_DIRECTORY or return undef, failed();
    my $how = pack 'QQQ', Kernel::O_PATH | Kernel::O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH;
    my $fd  = Kernel::call( 'openat2', fileno $root, "$subpath", $how, length $how );
    return $fd unless $fd == -1;
    return undef, $! == EXDEV ? { escapes => 1 } : failed();
}

# part <volume> <subpath> <target> look|mount: what is there, d or f; or that mounted on the target. A link that
# leads out is refused.
sub part {
    my ( $volume, $subpath, $target, $what ) = @_;
    my ( $fd, $why ) = beneath( $volume, $subpath );
    return $why if $why;
    my $none = '';
    my $stat = Kernel::statx( $none, $fd, Kernel::AT_EMPTY_PATH ) // return failed();
    return { kind => ( $stat->{mode} & Kernel::S_IFMT ) == Kernel::S_IFDIR ? 'd' : 'f' } if $what eq 'look';
    my $flags = 1 | Kernel::O_CLOEXEC | Kernel::AT_EMPTY_PATH | Kernel::AT_RECURSIVE;
    my $tree  = Kernel::call( 'open_tree', $fd, $none, $flags );
    return failed() if $tree == -1;
    return failed() if Kernel::call( 'move_mount', $tree, $none, Kernel::AT_FDCWD, "$target", 0x04 ) == -1;
    return {};
}

1;
