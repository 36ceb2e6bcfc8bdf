# Locks this process up: into a container's mount namespace with nothing to open, run or reach but its files, and no more rights than
# a container's own root has. See docs/adr/0006-copy-in-a-cage.md.
package Cage;
use strict;
use warnings;

# Root in an ordinary container may do as much: what it cannot read through /proc, we cannot either.
my %CAPABILITIES = (
    read    => [1],                       # DAC_OVERRIDE
    write   => [ 0, 1, 3, 4, 27, 31 ],    # CHOWN DAC_OVERRIDE FOWNER FSETID MKNOD SETFCAP
    changes => [ 1, 21 ],                 # SYS_ADMIN: overlay's own attributes are for nobody else
);
my $LAST_CAPABILITY = 63;
my @FORBIDDEN = qw(execve execveat socket ptrace bpf keyctl mount umount2 pivot_root setns unshare open_tree move_mount fsopen
  fsconfig fsmount mount_setattr);

use constant { PR_SET_PDEATHSIG => 1, PR_SET_DUMPABLE => 4, PR_CAPBSET_DROP => 24, PR_SET_NO_NEW_PRIVS => 38, PR_SET_SECCOMP => 22 };
use constant { RLIMIT_CORE      => 4, RLIMIT_AS       => 9, MEMORY => 768 << 20 };

# Dies with the agent that started us. Nobody may look into this process or take it over, not even root of a container that shares the
# host's pids.
sub bind_to_parent {
    my ($parent) = @_;
    Kernel::must( 'prctl', PR_SET_DUMPABLE, 0, 0, 0, 0 );
    Kernel::must( 'prctl', PR_SET_PDEATHSIG, 9, 0, 0, 0 );
    exit 1 if $parent && getppid() != $parent;
}

# Into the mount namespace behind file descriptor $fd, on a copy of it that is ours alone: no device can be opened in it, nothing be
# run, and with $readonly nothing be written. The kernel's own file systems go, as dockerd shows them: as empty directories.
sub enter {
    my ( $fd, $readonly ) = @_;
    Kernel::must( 'setns', $fd, Kernel::CLONE_NEWNS );
    Kernel::call( 'close', $fd );
    Kernel::must( 'unshare', Kernel::CLONE_NEWNS | Kernel::CLONE_NEWPID );
    my $set = Kernel::MOUNT_ATTR_NOSUID | Kernel::MOUNT_ATTR_NODEV | Kernel::MOUNT_ATTR_NOEXEC;
    $set |= Kernel::MOUNT_ATTR_RDONLY if $readonly;
    Kernel::mount_attributes( Kernel::AT_FDCWD, '/', Kernel::AT_RECURSIVE, $set, Kernel::MS_PRIVATE );
    for my $path ( '/proc', '/sys' ) {
        my $flags = Kernel::MNT_DETACH | Kernel::UMOUNT_NOFOLLOW;
        for ( 1 .. 64 ) { last if Kernel::call( 'umount2', "$path", $flags ) == -1 }
    }
}

# The root file system alone, without what is mounted over it.
sub enter_bare {
    my $fd  = Kernel::clone_mount( '/', 0 );
    my $set = Kernel::MOUNT_ATTR_NOSUID | Kernel::MOUNT_ATTR_NODEV | Kernel::MOUNT_ATTR_NOEXEC | Kernel::MOUNT_ATTR_RDONLY;
    Kernel::mount_attributes( $fd, '', Kernel::AT_EMPTY_PATH, $set, Kernel::MS_PRIVATE );
    open my $root, '<&=', $fd or die "open root: $!\n";
    chdir $root   or die "chdir root: $!\n";
    chroot '.'    or die "chroot: $!\n";
    chdir '/'     or die "chdir: $!\n";
}

# Gives up everything else. Nothing of Perl can be loaded after this, neither by mistake nor from the container.
sub lock_up {
    my ($kind) = @_;
    @INC = ();
    %ENV = ();
    umask 0;
    Kernel::must( 'prlimit64', 0, RLIMIT_CORE, pack( 'QQ', 0, 0 ), 0 );
    Kernel::must( 'prlimit64', 0, RLIMIT_AS, pack( 'QQ', MEMORY, MEMORY ), 0 );
    for my $capability ( 0 .. $LAST_CAPABILITY ) {
        last if Kernel::call( 'prctl', PR_CAPBSET_DROP, $capability, 0, 0, 0 ) == -1;
    }
    my $bits = 0;
    $bits |= 1 << $_ for @{ $CAPABILITIES{$kind} };
    my ( $low, $high ) = ( $bits & 0xffffffff, $bits >> 32 );
    my $header = pack 'Ll', 0x20080522, 0;
    my $sets   = pack 'L6', $low, $low, 0, $high, $high, 0;
    Kernel::must( 'capset', $header, $sets );
    Kernel::must( 'prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0 );
    forbid_calls();
}

# A seccomp filter: of the calls that could lead out, none. Instructions are struct sock_filter {code, jt, jf, k}.
sub forbid_calls {
    my ( $load, $equal, $greater, $return ) = ( 0x20, 0x15, 0x35, 0x06 );
    my ( $allow, $refuse, $kill ) = ( 0x7fff0000, 0x00050001, 0x80000000 );
    my @numbers = map { Kernel::number($_) } @FORBIDDEN;
    my $left    = @numbers;
    my @program = (
        [ $load, 0, 0, 4 ], [ $equal, 1, 0, Kernel::audit_arch() ], [ $return, 0, 0, $kill ],
        [ $load, 0, 0, 0 ], [ $greater, $left + 1, 0, 0x40000000 ],
        ( map { [ $equal, $left--, 0, $_ ] } @numbers ),
        [ $return, 0, 0, $allow ], [ $return, 0, 0, $refuse ],
    );
    my $code = join '', map { pack 'SCCL', @$_ } @program;
    Kernel::must( 'prctl', PR_SET_SECCOMP, 2, pack( 'Sx6P', scalar @program, $code ), 0, 0 );
}

# Forks: the child goes on as process 1 of its own pid namespace, the parent waits and ends with its status. The child is killed when
# the peer of socket $fd has gone altogether, whatever it is waiting for. $fd undef: nobody to watch.
sub supervise {
    my ($fd) = @_;
    pipe my $alive, my $held or die "pipe: $!\n";
    my $child = fork() // die "fork: $!\n";
    if ( $child == 0 ) {
        close $alive;
        bind_to_parent(0);
        return $held;
    }
    close $held;
    my @watched = ( [ fileno $alive, 0 ], defined $fd ? [ $fd, 0 ] : () );
    while (1) {
        my $set   = join '', map { pack 'lss', $_->[0], 0, 0 } @watched;
        my $ready = Kernel::call( 'ppoll', $set, scalar @watched, 0, 0, 0 );
        next if $ready == -1;
        my ( undef, undef, $ended, undef, undef, $gone ) = unpack 'lss lss', $set . pack( 'lss', 0, 0, 0 );
        last if $ended;
        next unless $gone;
        # The pipe may tell a moment later that it ended by itself.
        kill 'KILL', $child;
        last;
    }
    waitpid $child, 0;
    exit( $? & 127 ? 128 + ( $? & 127 ) : $? >> 8 );
}

1;
