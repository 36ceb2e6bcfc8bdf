# The file system of a container that does not run, as it would see it: its root mounted in a mount namespace of ours, with its binds.
package View;
use strict;
use warnings;

sub mount {
    my ( $type, $source, $point, $options ) = @_;
    Kernel::must( 'mount', "$source", "$point", "$type", 0, "$options" );
}

# Makes the mount at $point the root and lets go of everything else.
sub switch_root {
    my ($point) = @_;
    chdir $point or die "chdir $point: $!\n";
    my $here = '.';
    Kernel::must( 'pivot_root', $here, $here );
    Kernel::must( 'umount2', $here, Kernel::MNT_DETACH );
    chdir '/' or die "chdir /: $!\n";
}

# Says "ready" when the view stands and lives until standard input ends: by then somebody holds its mount namespace. @binds are four
# words each: source, destination, read-only, recursive.
sub hold {
    my ( $point, $readonly, $type, $source, $options, $directory, @binds ) = @_;
    Kernel::must( 'unshare', Kernel::CLONE_NEWNS );
    Kernel::mount_attributes( Kernel::AT_FDCWD, '/', Kernel::AT_RECURSIVE, 0, Kernel::MS_PRIVATE );
    my @taken;
    while ( my @bind = splice @binds, 0, 4 ) { push @taken, take_bind(@bind) }
    mount_root( $point, $type, $source, $options, $directory );
    switch_root($point);
    umask 022;
    make_mount_points();
    attach_bind($_) for @taken;
    Kernel::mount_attributes( Kernel::AT_FDCWD, '/', 0, Kernel::MOUNT_ATTR_RDONLY, 0 ) if $readonly;
    syswrite STDOUT, "ready\n";
    1 while <STDIN>;
}

sub mount_root {
    my ( $point, $type, $source, $options, $directory ) = @_;
    if ( $type eq 'bind' ) {
        Kernel::attach_mount( Kernel::clone_mount( $source, Kernel::AT_RECURSIVE ), $point );
        return;
    }
    chdir $directory or die "chdir $directory: $!\n";
    mount( $type, $source, $point, $options );
}

# The source is opened while the host is still there. One that has gone is left out.
sub take_bind {
    my ( $source, $destination, $readonly, $recursive ) = @_;
    my $is_directory = -d $source;
    return () unless -e _;
    my $flags = $recursive ? Kernel::AT_RECURSIVE : 0;
    my $fd    = Kernel::clone_mount( $source, $flags );
    my $set   = $readonly ? Kernel::MOUNT_ATTR_RDONLY : 0;
    Kernel::mount_attributes( $fd, '', Kernel::AT_EMPTY_PATH | $flags, $set, Kernel::MS_PRIVATE );
    return { fd => $fd, destination => $destination, is_directory => $is_directory };
}

# What runc makes at the first start and dockerd at create, on which its own mounts go. Inside the container's root by now.
sub make_mount_points {
    mkdir $_, 0755 for qw(/dev /dev/pts /dev/shm /etc /proc /sys);
    make_file($_) for qw(/dev/console /etc/hostname /etc/hosts /etc/resolv.conf);
}

sub make_file {
    my ($path) = @_;
    sysopen my $file, $path, Kernel::O_WRONLY | Kernel::O_CREAT | Kernel::O_EXCL | Kernel::O_NOFOLLOW, 0755;
}

# Inside the container's root by now: links in the path lead nowhere else. They are followed as dockerd does, also where they lead to
# nothing, and what is missing there is made, as at a start.
sub attach_bind {
    my ($bind) = @_;
    my ( $point, $path ) = ( Paths::follow( $bind->{destination} ), '' );
    my @parts = grep { $_ ne '' } split m{/}, $point;
    my $last  = pop @parts;
    for my $part ( @parts, $bind->{is_directory} ? $last : () ) { mkdir $path .= "/$part", 0755 }
    make_file($point) if !$bind->{is_directory} && !-e $point;
    Kernel::attach_mount( $bind->{fd}, $point );
    Kernel::call( 'close', $bind->{fd} );
}

1;
