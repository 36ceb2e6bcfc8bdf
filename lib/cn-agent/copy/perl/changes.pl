# What a container changed: its writable layer compared with the image below it, both mounted in a root of their own.
package Changes;
use strict;
use warnings;

# What runc makes for the container's mounts, and we for every container (docker-marks.ts). dockerd keeps it in a layer of its own
# that no diff shows.
my %STUBS = map { $_ => 1 } qw(/dev /dev/console /dev/pts /dev/shm /proc /sys /.dockerenv /etc /etc/hosts /etc/hostname
  /etc/resolv.conf /etc/mtab);
my $out = '';

# A root with the writable layer as /upper and the image as /lower, both read-only; nothing else is in it.
sub build_root {
    my ( $point, $upper, $lower_options, $lowers_dir, @lower ) = @_;
    Kernel::must( 'unshare', Kernel::CLONE_NEWNS | Kernel::CLONE_NEWPID );
    Kernel::mount_attributes( Kernel::AT_FDCWD, '/', Kernel::AT_RECURSIVE, 0, Kernel::MS_PRIVATE );
    my $upper_fd = Kernel::clone_mount( $upper, 0 );
    View::mount( 'tmpfs', 'tmpfs', $point, 'size=64k,mode=0700' );
    mkdir "$point/upper"; mkdir "$point/lower";
    chdir $lowers_dir or die "chdir $lowers_dir: $!\n";
    if    ( @lower > 1 ) { View::mount( 'overlay', 'overlay', "$point/lower", $lower_options ) }
    elsif ( @lower == 1 ) { Kernel::attach_mount( Kernel::clone_mount( $lower[0], 0 ), "$point/lower" ) }
    Kernel::attach_mount( $upper_fd, "$point/upper" );
    View::switch_root($point);
    my $set = Kernel::MOUNT_ATTR_RDONLY | Kernel::MOUNT_ATTR_NOSUID | Kernel::MOUNT_ATTR_NODEV | Kernel::MOUNT_ATTR_NOEXEC;
    Kernel::mount_attributes( Kernel::AT_FDCWD, '/', Kernel::AT_RECURSIVE, $set, 0 );
}

# Writes one line of JSON per change, parents first.
sub run {
    walk('');
    flush_lines();
}

sub line {
    my ( $path, $kind ) = @_;
    $out .= '{"Path":' . Paths::string($path) . qq(,"Kind":$kind}\n);
    flush_lines() if length $out > 1 << 16;
}

sub flush_lines {
    my $at = 0;
    while ( $at < length $out ) {
        my $written = syswrite STDOUT, $out, length($out) - $at, $at;
        if ( !defined $written ) { next if $! == Kernel::EINTR; die "write: $!\n" }
        $at += $written;
    }
    $out = '';
}

# What changed in directory $dir of the writable layer, '' being its root. A parent that is not told itself is told by the first
# change in it: $tell does that.
sub walk {
    my ( $dir, $tell ) = @_;
    my %upper = map { $_ => 1 } names("/upper$dir");
    my $hides = $dir ne '' && ( Kernel::xattr( "/upper$dir", 'trusted.overlay.opaque' ) // '' ) eq 'y';
    my @gone  = $hides ? grep { !$upper{$_} } lower_names($dir) : ();
    for my $name ( sort keys %upper, @gone ) {
        my $path  = "$dir/$name";
        my $lower = lower($path);
        my $new   = $upper{$name} ? Kernel::statx("/upper$path") // next : undef;
        if ( !$new || is_whiteout($new) ) {
            if ($lower) { $tell->() if $tell; line( $path, 2 ) }
            next;
        }
        my $is_directory = ( $new->{mode} & Kernel::S_IFMT ) == Kernel::S_IFDIR;
        my $kind = !$lower ? 1 : differs( $lower, $new ) ? 0 : undef;
        $kind = is_stub( $path, $new ) ? undef : 0 if defined $kind && $kind == 1 && $STUBS{$path};
        if ( defined $kind ) { $tell->() if $tell; line( $path, $kind ) }
        next unless $is_directory;
        my ( $outer, $told ) = ( $tell, defined $kind );
        walk(
            $path,
            $told ? undef : sub {
                return if $told;
                $told = 1;
                $outer->() if $outer;
                line( $path, 0 );
            }
        );
    }
}

sub is_whiteout {
    my ($stat) = @_;
    return ( $stat->{mode} & Kernel::S_IFMT ) == Kernel::S_IFCHR && "@{ $stat->{rdev} }" eq '0 0';
}

sub is_stub {
    my ( $path, $stat ) = @_;
    return 0 if !$STUBS{$path};
    my $type = $stat->{mode} & Kernel::S_IFMT;
    return 1 if $type == Kernel::S_IFDIR || $stat->{size} == 0;
    return $path eq '/etc/mtab' && $type == Kernel::S_IFLNK && ( readlink("/upper$path") // '' ) eq '/proc/mounts';
}

# As dockerd compares: of directories neither size nor time count, and whole seconds match any fraction.
sub differs {
    my ( $old, $new ) = @_;
    for my $field (qw(mode uid gid)) { return 1 if $old->{$field} != $new->{$field} }
    return 1 if "@{ $old->{rdev} }" ne "@{ $new->{rdev} }";
    return 0 if ( $new->{mode} & Kernel::S_IFMT ) == Kernel::S_IFDIR;
    my ( $a, $b ) = ( $old->{mtime}, $new->{mtime} );
    return 1 if $old->{size} != $new->{size} || $a->[0] != $b->[0] || ( $a->[1] != $b->[1] && $a->[1] && $b->[1] );
    return 0;
}

# What the image has at that path, undef when nothing; a link on the way counts as nothing.
sub lower {
    my ($path) = @_;
    my $fd   = open_lower( $path, Kernel::O_PATH | Kernel::O_NOFOLLOW ) // return undef;
    my $none = '';
    my $stat = Kernel::statx( $none, $fd, Kernel::AT_EMPTY_PATH );
    Kernel::call( 'close', $fd );
    return $stat;
}

sub lower_names {
    my ($path) = @_;
    my $fd = open_lower( $path, Kernel::O_PATH | Kernel::O_DIRECTORY ) // return ();
    Kernel::call( 'close', $fd );
    return names("/lower$path");
}

# RESOLVE_NO_SYMLINKS but for the end of the path.
sub open_lower {
    my ( $path, $flags ) = @_;
    my $full = "/lower$path";
    my $how  = pack 'QQQ', $flags, 0, 0x04;
    my $fd   = Kernel::call( 'openat2', Kernel::AT_FDCWD, $full, $how, length $how );
    return $fd == -1 ? undef : $fd;
}

sub names {
    my ($path) = @_;
    opendir my $dir, $path or return ();
    return grep { $_ ne '.' && $_ ne '..' } readdir $dir;
}

1;
